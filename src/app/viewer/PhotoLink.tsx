import type { LucideIcon } from 'lucide-react';

interface PhotoLinkProps {
  readonly href: string;
  readonly label: string;
  readonly icon: LucideIcon;
  readonly download?: string;
}

/** A link to a picture in the viewer's bar: to open it in a tab of its own, or to save it. */
export function PhotoLink({ href, label, icon: Icon, download }: PhotoLinkProps) {
  return (
    <a
      href={href}
      aria-label={label}
      title={label}
      {...(download === undefined ? { target: '_blank', rel: 'noreferrer' } : { download })}
      className="flex size-11 items-center justify-center rounded-full text-white/85 transition-colors hover:bg-white/15 hover:text-white"
    >
      <Icon aria-hidden="true" className="size-5" strokeWidth={1.8} />
    </a>
  );
}
