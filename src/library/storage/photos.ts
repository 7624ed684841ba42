/** Photo records with their thumbnails, stored pictures and the way to their originals. */
import { AppError } from '../../errors';
import type { StoredPicture } from '../decode/protocol';
import type { OriginalInFolder, Photo, PhotoId, PhotoPicture } from '../library';
import type { LibraryDatabase, LibraryTransaction } from './database';
import { deleteEmbeddings } from './embeddings';
import type { OriginalRecord } from './records';
import { deleteTokens } from './tokens';

/** A photo with everything that is kept of it but its vectors. */
export interface NewPhoto {
  readonly photo: Photo;
  /** A JPEG. */
  readonly thumbnail: ArrayBuffer;
  readonly picture: StoredPicture;
  /** Absent where the file can be read only once. */
  readonly original?: OriginalRecord;
}

/** Writes a photo; returns false and leaves it alone where the library holds it already. */
export async function putPhoto(
  transaction: LibraryTransaction,
  { photo, thumbnail, picture, original }: NewPhoto,
): Promise<boolean> {
  const photos = transaction.objectStore('photos');
  if (await photos.getKey(photo.id)) return false;
  await Promise.all([
    photos.put(photo),
    transaction.objectStore('thumbnails').put(thumbnail, photo.id),
    transaction.objectStore('pictures').put(picture, photo.id),
    original && transaction.objectStore('originals').put(original, photo.id),
  ]);
  return true;
}

/**
 * Notes that the photo was met again. Returns it as it is now, or null where it is gone.
 *
 * @param original takes the place of the one known, which may have moved.
 */
export async function addPath(
  transaction: LibraryTransaction,
  id: PhotoId,
  path: string,
  original: OriginalRecord | undefined,
): Promise<Photo | null> {
  const photos = transaction.objectStore('photos');
  const photo = await photos.get(id);
  if (!photo) return null;
  if (original) await transaction.objectStore('originals').put(original, id);
  if (photo.paths.includes(path)) return photo;
  const changed = { ...photo, paths: [...photo.paths, path] };
  await photos.put(changed);
  return changed;
}

/** Deletes a photo and everything that belongs to it. */
export async function deletePhoto(transaction: LibraryTransaction, id: PhotoId): Promise<void> {
  await Promise.all([
    transaction.objectStore('photos').delete(id),
    transaction.objectStore('originals').delete(id),
    transaction.objectStore('thumbnails').delete(id),
    transaction.objectStore('pictures').delete(id),
    transaction.objectStore('tags').delete(id),
    transaction.objectStore('captions').delete(id),
    deleteEmbeddings(transaction, id),
    deleteTokens(transaction, id),
  ]);
}

function gone(id: PhotoId): AppError {
  return new AppError('source-gone', 'The photo is not in the library.', { photo: id });
}

/** Throws `source-gone`. */
export async function readThumbnail(database: LibraryDatabase, id: PhotoId): Promise<Blob> {
  const thumbnail = await database.get('thumbnails', id);
  if (!thumbnail) throw gone(id);
  return new Blob([thumbnail], { type: 'image/jpeg' });
}

/**
 * The best picture at hand: the original where the page may read it now and it is where it was,
 * else the stored one. Throws `source-gone`.
 */
export async function readPicture(database: LibraryDatabase, id: PhotoId): Promise<PhotoPicture> {
  const stored = await database.get('pictures', id);
  if (!stored) throw gone(id);
  const asStored = { ...stored, requestable: false };
  if (stored.original || !stored.showable) return asStored;
  const original = await database.get('originals', id);
  if (!original) return asStored;
  if ((await original.handle.queryPermission({ mode: 'read' })) !== 'granted') {
    return { ...stored, requestable: true };
  }
  const file = await openOriginal(original);
  const photo = await database.get('photos', id);
  // Of another size it is another picture by now.
  return file && file.size === photo?.bytes
    ? { blob: file, original: true, showable: true, requestable: false }
    : asStored;
}

/** The originals that lie in a folder that was opened. */
export async function readOriginalsInFolders(
  database: LibraryDatabase,
  ids: readonly PhotoId[],
): Promise<ReadonlyMap<PhotoId, OriginalInFolder>> {
  const { store } = database.transaction('originals');
  const records = await Promise.all(ids.map((id) => store.get(id)));
  const found = new Map<PhotoId, OriginalInFolder>();
  for (const [index, id] of ids.entries()) {
    const { handle, folder } = records[index] ?? {};
    if (handle && folder) found.set(id, { handle, folder });
  }
  return found;
}

async function openOriginal({ handle }: OriginalRecord): Promise<File | null> {
  try {
    return await handle.getFile();
  } catch (error) {
    // Moved, renamed or deleted since: the stored picture stands in.
    if (error instanceof DOMException) return null;
    throw error;
  }
}
