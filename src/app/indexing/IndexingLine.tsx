import { useAppState } from '../app-context';

/** The progress of indexing as a line under the header, in sight wherever the page is scrolled to. */
export function IndexingLine() {
  const { status, done, failed, total } = useAppState('indexing', (state) => state);
  if (status !== 'running' || total === 0) return null;
  return (
    <span aria-hidden="true" className="absolute inset-x-0 -bottom-px h-0.5 overflow-hidden">
      <span
        className="block h-full bg-celadon transition-[width] duration-300"
        style={{ width: `${((done + failed) / total) * 100}%` }}
      />
    </span>
  );
}
