import type { Photo } from '../../library/library';

/** The file name without its folders. */
export function photoName({ paths }: Photo): string {
  const path = paths[0] ?? '';
  return path.slice(path.lastIndexOf('/') + 1);
}
