/** Tags, one record a photo; photos without any have none. */
import type { PhotoId } from '../library';
import { noTags, type PhotoTags } from '../tags';
import { inTransaction, type LibraryDatabase, type LibraryTransaction } from './database';

export interface TagEntry {
  readonly id: PhotoId;
  readonly tags: PhotoTags;
}

/** Every photo's tags. */
export async function readTags(database: LibraryDatabase): Promise<readonly TagEntry[]> {
  const { store } = database.transaction('tags');
  const [ids, records] = await Promise.all([store.getAllKeys(), store.getAll()]);
  return records.map((tags, index) => ({ id: ids[index] as PhotoId, tags }));
}

/**
 * Changes the tags of photos that the library holds, from what is stored, which another tab may have
 * changed. Returns the tags that are others now.
 */
export async function changeTags(
  database: LibraryDatabase,
  ids: readonly PhotoId[],
  change: (tags: PhotoTags, id: PhotoId) => PhotoTags,
): Promise<readonly TagEntry[]> {
  return await inTransaction(database, async (transaction) => {
    const entries = await Promise.all(ids.map((id) => changeOne(transaction, id, change)));
    return entries.filter((entry) => entry !== null);
  });
}

async function changeOne(
  transaction: LibraryTransaction,
  id: PhotoId,
  change: (tags: PhotoTags, id: PhotoId) => PhotoTags,
): Promise<TagEntry | null> {
  const store = transaction.objectStore('tags');
  const [photo, stored] = await Promise.all([
    transaction.objectStore('photos').getKey(id),
    store.get(id),
  ]);
  const before = stored ?? noTags;
  const tags = change(before, id);
  if (!photo || tags === before) return null;
  await store.put(tags, id);
  return { id, tags };
}
