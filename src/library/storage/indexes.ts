/** The index of one model as a whole: its embeddings and tokens. */
import type { ModelKey } from '../../model/encoding';
import type { IndexSize } from '../library';
import { addToSum, inTransaction, type LibraryDatabase, type LibraryTransaction } from './database';
import { keysOfModel } from './embeddings';

/** The indexes of all models that have one. */
export async function indexSizes(
  database: LibraryDatabase,
): Promise<ReadonlyMap<ModelKey, IndexSize>> {
  const { store } = database.transaction('embeddings');
  const modelKeys: ModelKey[] = [];
  for (let cursor = await store.openKeyCursor(); cursor; ) {
    const [modelKey] = cursor.key;
    modelKeys.push(modelKey);
    // Behind this model's last photo: an array sorts after every string.
    cursor = await cursor.continue(keysOfModel(modelKey).upper);
  }
  const sizes = new Map<ModelKey, IndexSize>();
  for (const modelKey of modelKeys) sizes.set(modelKey, await indexSize(database, modelKey));
  return sizes;
}

async function indexSize(database: LibraryDatabase, modelKey: ModelKey): Promise<IndexSize> {
  const range = keysOfModel(modelKey);
  const photos = await database.count('embeddings', range);
  const [first] = await database.getAll('embeddings', range, 1);
  const uses = await database.getAll('tokenUses', range);
  const tokenBytes = uses.reduce((sum, { bytes }) => sum + bytes, 0);
  return { photos, bytes: photos * (first?.embedding.byteLength ?? 0) + tokenBytes };
}

/** Deletes everything that the model has made of the photos. */
export async function deleteIndex(database: LibraryDatabase, modelKey: ModelKey): Promise<void> {
  await inTransaction(database, async (transaction: LibraryTransaction) => {
    const range = keysOfModel(modelKey);
    const uses = await transaction.objectStore('tokenUses').getAll(range);
    const tokenBytes = uses.reduce((sum, { bytes }) => sum + bytes, 0);
    await Promise.all(
      (['embeddings', 'tokens', 'tokenUses'] as const).map((name) =>
        transaction.objectStore(name).delete(range),
      ),
    );
    if (tokenBytes > 0) await addToSum(transaction, 'tokenBytes', -tokenBytes);
  });
}
