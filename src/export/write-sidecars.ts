/** Sidecars beside the photos on the person's disk, where a folder was opened. */
import { AppError, throwIfAborted } from '../errors';
import type { CaptionLanguage } from '../library/captions';
import type { OriginalInFolder, PhotoId } from '../library/library';
import { isGranted, oneOfEachName } from '../library/permission';
import { type ExportedPhoto, hasContent } from './exported-photo';
import { mergedSidecar, sidecar, sidecarName } from './xmp';

/** Why a photo got no sidecar: it came without a folder, its file is no longer there, or access was refused. */
export type SkipReason = 'no-folder' | 'moved' | 'refused';

export interface SidecarReport {
  /** Sidecars that were written, new ones and those that lay there and were added to. */
  readonly written: readonly string[];
  /** Sidecars that said all of it before. */
  readonly unchanged: readonly string[];
  readonly skipped: readonly { readonly path: string; readonly reason: SkipReason }[];
  /** Among them sidecars of other programs that cannot be read: those stay as they are. */
  readonly failed: readonly { readonly path: string; readonly error: AppError }[];
}

export interface WriteSidecarsOptions {
  /** Whose caption is the default one. */
  readonly language: CaptionLanguage;
  readonly signal?: AbortSignal;
  /** Photos so far, of all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Writes a sidecar beside the file of each photo that has tags or captions; tags that a person took
 * away leave a sidecar that is there. Asks the person, once a folder, to let the page write there: to
 * be called upon a click or key. A sidecar that is there already keeps what else it says. One photo's
 * failure does not keep the others from theirs.
 *
 * @param originals where the photos' files lie; known before the click, as browsers ask only shortly
 * after it
 * @throws AppError `cancelled`; what is written by then stays
 */
export async function writeSidecars(
  photos: readonly ExportedPhoto[],
  originals: ReadonlyMap<PhotoId, OriginalInFolder>,
  { language, signal, onProgress }: WriteSidecarsOptions,
): Promise<SidecarReport> {
  const writable = await requestWriting(originals, signal);

  const report = {
    written: [] as string[],
    unchanged: [] as string[],
    skipped: [] as { path: string; reason: SkipReason }[],
    failed: [] as { path: string; error: AppError }[],
  };
  for (const [done, photo] of photos.entries()) {
    throwIfAborted(signal);
    onProgress?.(done, photos.length);
    const path = photo.photo.paths[0] ?? photo.photo.id;
    const original = originals.get(photo.photo.id);
    try {
      if (!original) {
        if (hasContent(photo)) report.skipped.push({ path, reason: 'no-folder' });
      } else if (!writable.has(photo.photo.id)) {
        report.skipped.push({ path, reason: 'refused' });
      } else {
        const outcome = await writeOne(original, photo, language);
        if (outcome === 'moved') report.skipped.push({ path, reason: outcome });
        else if (outcome !== 'nothing') report[outcome].push(sidecarName(path));
      }
    } catch (thrown) {
      report.failed.push({ path: sidecarName(path), error: asError(thrown, path) });
    }
  }
  onProgress?.(photos.length, photos.length);
  return report;
}

async function writeOne(
  { folder, handle }: OriginalInFolder,
  photo: ExportedPhoto,
  language: CaptionLanguage,
): Promise<'written' | 'unchanged' | 'moved' | 'nothing'> {
  const place = await placeOf(folder, handle, photo.photo.bytes);
  if (!place) return 'moved';
  const name = sidecarName(handle.name);
  const before = await readText(place, name);
  if (before === null && !hasContent(photo)) return 'nothing';
  const text = before === null ? sidecar(photo, language) : mergedSidecar(before, photo, language);
  if (text === before) return 'unchanged';
  const file = await place.getFileHandle(name, { create: true });
  try {
    // Written aside and put in place as a whole when it is closed.
    const writing = await file.createWritable();
    await writing.write(text);
    await writing.close();
  } catch (error) {
    if (before === null) await place.removeEntry(name);
    throw error;
  }
  return 'written';
}

/** The folder in which the photo's file lies; null where another file or none is there by now. */
async function placeOf(
  folder: FileSystemDirectoryHandle,
  handle: FileSystemFileHandle,
  bytes: number,
): Promise<FileSystemDirectoryHandle | null> {
  const path = await folder.resolve(handle);
  if (!path) return null;
  try {
    let place = folder;
    for (const name of path.slice(0, -1)) place = await place.getDirectoryHandle(name);
    const file = await handle.getFile();
    return file.size === bytes ? place : null;
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

async function readText(place: FileSystemDirectoryHandle, name: string): Promise<string | null> {
  try {
    const file = await (await place.getFileHandle(name)).getFile();
    return await file.text();
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/**
 * Asks for each folder once, before anything is written: by then the click would be too long ago.
 * @returns photos that the page may write beside
 */
async function requestWriting(
  originals: ReadonlyMap<PhotoId, OriginalInFolder>,
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<PhotoId>> {
  const answers: { readonly folder: FileSystemDirectoryHandle; readonly granted: boolean }[] = [];
  const request = async (folder: FileSystemDirectoryHandle) => {
    for (const answer of answers) {
      if (answer.folder.name !== folder.name) continue;
      if (await answer.folder.isSameEntry(folder)) return answer.granted;
    }
    const granted = await isGranted(folder, 'readwrite');
    answers.push({ folder, granted });
    return granted;
  };
  const folders = [...originals.values()].map(({ folder }) => folder);
  for (const folder of oneOfEachName(folders)) await request(folder);
  const writable = new Set<PhotoId>();
  for (const [id, { folder }] of originals) {
    throwIfAborted(signal);
    if (await request(folder)) writable.add(id);
  }
  return writable;
}

function isNotFound(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'NotFoundError';
}

function asError(thrown: unknown, path: string): AppError {
  if (thrown instanceof DOMException && thrown.name === 'NotAllowedError') {
    const message = 'The browser does not let the page write there.';
    return new AppError('permission-denied', message, { path }, { cause: thrown });
  }
  return AppError.from(thrown);
}
