/** Embeddings, keyed by model and photo, so that the indexes of several models live side by side. */
import type { ModelKey } from '../../model/encoding';
import type { EmbeddingEntry, PhotoId } from '../library';
import type { LibraryDatabase, LibraryTransaction } from './database';

/** Entries read at once: about 2 MB of 512-dimensional embeddings. */
const blockSize = 1000;

/** Every key `[modelKey, photoId]` of one model: an array sorts after every string. */
export function keysOfModel(modelKey: ModelKey): IDBKeyRange {
  return IDBKeyRange.bound([modelKey], [modelKey, []]);
}

/** Photos that have an embedding of the model. */
export async function embeddedPhotos(
  database: LibraryDatabase,
  modelKey: ModelKey,
): Promise<Set<PhotoId>> {
  const keys = await database.getAllKeys('embeddings', keysOfModel(modelKey));
  return new Set(keys.map(([, photoId]) => photoId));
}

/** Reads a model's embeddings in blocks, each in a transaction of its own. */
export async function* embeddingBlocks(
  database: LibraryDatabase,
  modelKey: ModelKey,
): AsyncGenerator<readonly EmbeddingEntry[]> {
  let range = keysOfModel(modelKey);
  for (;;) {
    const records = await database.getAll('embeddings', range, blockSize);
    const last = records.at(-1);
    if (!last) return;
    yield records.map(({ photoId, embedding }) => ({ id: photoId, embedding }));
    range = IDBKeyRange.bound([modelKey, last.photoId], [modelKey, []], true);
  }
}

export async function putEmbedding(
  transaction: LibraryTransaction,
  modelKey: ModelKey,
  { id, embedding }: EmbeddingEntry,
): Promise<void> {
  await transaction.objectStore('embeddings').put({ modelKey, photoId: id, embedding });
}

/** Deletes a photo's embeddings of every model. */
export async function deleteEmbeddings(
  transaction: LibraryTransaction,
  photoId: PhotoId,
): Promise<void> {
  const store = transaction.objectStore('embeddings');
  const keys = await store.index('photoId').getAllKeys(photoId);
  await Promise.all(keys.map((key) => store.delete(key)));
}
