import { strToU8, zipSync } from 'fflate';
import type { CaptionLanguage } from '../library/captions';
import type { ExportedPhoto } from './exported-photo';
import { hasContent, sidecar, sidecarName } from './xmp';

/**
 * A ZIP archive with a sidecar for each path of each photo that has tags or captions, in the photo's
 * folder.
 */
export function sidecarArchive(
  photos: readonly ExportedPhoto[],
  language: CaptionLanguage,
): Uint8Array<ArrayBuffer> {
  const files: Record<string, Uint8Array> = {};
  for (const photo of photos) {
    if (!hasContent(photo)) continue;
    const content = strToU8(sidecar(photo, language));
    for (const path of photo.photo.paths) files[freeName(safePath(path), files)] = content;
  }
  return zipSync(files, { level: 6 });
}

/** Inside the archive's own folder, whatever the path says. */
function safePath(path: string): string {
  const parts = path.split(/[/\\]/).filter((part) => part !== '' && part !== '.' && part !== '..');
  return parts.join('/');
}

/** Photos that came from different folders may have the same path. */
function freeName(path: string, taken: Readonly<Record<string, unknown>>): string {
  let name = sidecarName(path);
  for (let copy = 2; Object.hasOwn(taken, name); copy++) name = sidecarName(`${path} (${copy})`);
  return name;
}
