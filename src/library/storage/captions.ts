/** Captions, one record a photo; photos without any have none. */
import { hasCaption, noCaptions, type PhotoCaptions } from '../captions';
import type { PhotoId } from '../library';
import { inTransaction, type LibraryDatabase } from './database';

export interface CaptionEntry {
  readonly id: PhotoId;
  readonly captions: PhotoCaptions;
}

/** Every photo's captions. */
export async function readCaptions(database: LibraryDatabase): Promise<readonly CaptionEntry[]> {
  const { store } = database.transaction('captions');
  const [ids, records] = await Promise.all([store.getAllKeys(), store.getAll()]);
  return records.map((captions, index) => ({ id: ids[index] as PhotoId, captions }));
}

/**
 * Changes the captions of a photo, from what is stored, which another tab may have changed. Returns
 * what they are now, or null where nothing changed or the photo is gone.
 */
export async function changeCaptions(
  database: LibraryDatabase,
  id: PhotoId,
  change: (captions: PhotoCaptions) => PhotoCaptions,
): Promise<CaptionEntry | null> {
  return await inTransaction(database, async (transaction) => {
    const store = transaction.objectStore('captions');
    const [photo, stored] = await Promise.all([
      transaction.objectStore('photos').getKey(id),
      store.get(id),
    ]);
    const before = stored ?? noCaptions;
    const captions = change(before);
    if (!photo || captions === before) return null;
    if (hasCaption(captions)) await store.put(captions, id);
    else await store.delete(id);
    return { id, captions };
  });
}
