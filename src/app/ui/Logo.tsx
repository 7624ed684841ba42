/** The mark: a collector's seal; two views of one thing overlap, and where they agree there is a lens. */
export function Logo({ className }: { readonly className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" className={className}>
      <rect x="1" y="1" width="30" height="30" rx="7" fill="var(--seal)" />
      <g fill="none" stroke="#fff" strokeWidth="2.2">
        <circle cx="12.2" cy="16" r="7.2" />
        <circle cx="19.8" cy="16" r="7.2" />
      </g>
      <path d="M16 9.9a7.2 7.2 0 0 1 0 12.2 7.2 7.2 0 0 1 0-12.2z" fill="#fff" />
    </svg>
  );
}
