/** The ranker's image tokens: quantized, bounded, the least recently used dropped first. */
import type { ModelKey } from '../../model/encoding';
import type { PhotoId } from '../library';
import { addToSum, type LibraryDatabase, type LibraryTransaction, storageError } from './database';
import { dequantize, quantize } from './quantization';
import type { TokenRecord } from './records';

export class TokenStore {
  constructor(
    private readonly database: LibraryDatabase,
    private readonly budgetBytes: number,
  ) {}

  /** Tokens of the photos in their order, null where they are not stored; counts as a use. */
  async get(
    modelKey: ModelKey,
    photoIds: readonly PhotoId[],
  ): Promise<readonly (Float32Array | null)[]> {
    const records = await this.read(modelKey, photoIds);
    // Nobody waits for it, and it only decides what goes first: a full disk must not stop a search.
    this.noteUses(records.filter((record) => record !== undefined)).catch(() => undefined);
    return records.map((record) => (record ? dequantize(record) : null));
  }

  private async read(
    modelKey: ModelKey,
    photoIds: readonly PhotoId[],
  ): Promise<readonly (TokenRecord | undefined)[]> {
    try {
      const { store } = this.database.transaction('tokens');
      return await Promise.all(photoIds.map((photoId) => store.get([modelKey, photoId])));
    } catch (thrown) {
      throw storageError(thrown);
    }
  }

  private async noteUses(records: readonly TokenRecord[]): Promise<void> {
    const { store, done } = this.database.transaction('tokenUses', 'readwrite');
    const noted = records.map(async ({ modelKey, photoId }) => {
      const use = await store.get([modelKey, photoId]);
      // Removed just now.
      if (use) await store.put({ ...use, lastUsed: Date.now() });
    });
    await Promise.all([...noted, done]);
  }

  /** @param entries tokens of photos that the library holds or that the same transaction adds. */
  async put(
    transaction: LibraryTransaction,
    modelKey: ModelKey,
    entries: readonly { readonly id: PhotoId; readonly tokens: Float32Array }[],
  ): Promise<void> {
    const uses = transaction.objectStore('tokenUses');
    let added = 0;
    for (const { id, tokens } of entries) {
      const quantized = quantize(tokens);
      const bytes = storedBytes(quantized);
      const before = await uses.get([modelKey, id]);
      added += bytes - (before?.bytes ?? 0);
      await Promise.all([
        transaction.objectStore('tokens').put({ modelKey, photoId: id, ...quantized }),
        uses.put({ modelKey, photoId: id, lastUsed: Date.now(), bytes }),
      ]);
    }
    const total = await addToSum(transaction, 'tokenBytes', added);
    if (total > this.budgetBytes) await dropOldest(transaction, total - this.budgetBytes);
  }
}

/** Deletes a photo's tokens of every model. */
export async function deleteTokens(
  transaction: LibraryTransaction,
  photoId: PhotoId,
): Promise<void> {
  const uses = transaction.objectStore('tokenUses');
  const records = await uses.index('photoId').getAll(photoId);
  let bytes = 0;
  for (const record of records) {
    bytes += record.bytes;
    const key: [ModelKey, PhotoId] = [record.modelKey, photoId];
    await Promise.all([transaction.objectStore('tokens').delete(key), uses.delete(key)]);
  }
  if (bytes > 0) await addToSum(transaction, 'tokenBytes', -bytes);
}

async function dropOldest(transaction: LibraryTransaction, excessBytes: number): Promise<void> {
  let dropped = 0;
  let cursor = await transaction.objectStore('tokenUses').index('lastUsed').openCursor();
  while (cursor && dropped < excessBytes) {
    const { bytes } = cursor.value;
    await Promise.all([
      transaction.objectStore('tokens').delete(cursor.primaryKey),
      cursor.delete(),
    ]);
    dropped += bytes;
    cursor = await cursor.continue();
  }
  await addToSum(transaction, 'tokenBytes', -dropped);
}

function storedBytes({ values, scales }: { values: Int8Array; scales: Float32Array }): number {
  return values.byteLength + scales.byteLength;
}
