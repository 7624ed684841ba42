import { strToU8, zipSync } from 'fflate';
import type { CaptionLanguage } from '../library/captions';
import { type ExportedPhoto, hasContent } from './exported-photo';
import { sidecar, sidecarName } from './xmp';

/** The directory of a ZIP archive counts in 16 bits, and fflate knows no ZIP64. */
const mostFiles = 65_000;

/**
 * ZIP archives, one in all but huge libraries, with a sidecar for each path of each photo that has
 * tags or captions, in the photo's folder. Two never hold the same name: they can be unpacked into
 * one folder.
 */
export function sidecarArchives(
  photos: readonly ExportedPhoto[],
  language: CaptionLanguage,
): Uint8Array<ArrayBuffer>[] {
  const files = new Map<string, Uint8Array>();
  for (const photo of photos) {
    if (!hasContent(photo)) continue;
    const content = strToU8(sidecar(photo, language));
    for (const path of photo.photo.paths) files.set(freeName(safePath(path), files), content);
  }
  const entries = [...files];
  // Not compressed: they are small, and that would hold up the page.
  return Array.from({ length: Math.max(1, Math.ceil(entries.length / mostFiles)) }, (_, archive) =>
    zipSync(Object.fromEntries(entries.slice(archive * mostFiles, (archive + 1) * mostFiles)), {
      level: 0,
    }),
  );
}

/** Inside the archive's own folder, whatever the path says. */
function safePath(path: string): string {
  const parts = path.split(/[/\\]/).filter((part) => part !== '' && part !== '.' && part !== '..');
  return parts.join('/');
}

/** Photos that came from different folders may have the same path. */
function freeName(path: string, taken: ReadonlyMap<string, unknown>): string {
  let name = sidecarName(path);
  for (let copy = 2; taken.has(name); copy++) name = sidecarName(`${path} (${copy})`);
  return name;
}
