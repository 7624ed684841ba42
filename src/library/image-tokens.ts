/** The ranker's tokens for some photos: from the store, else encoded again. */
import { AppError, type ErrorCode, throwIfAborted } from '../errors';
import type { ImageEncoder, ImageEncoding, ModelKey, ModelPixels } from '../model/encoding';
import type { Catalog } from './catalog';
import type { PhotoDecoder } from './decode/pool';
import type { PhotoId } from './library';
import { inTransaction, type LibraryDatabase } from './storage/database';
import { readPicture } from './storage/photos';
import type { TokenStore } from './storage/tokens';

export interface ImageTokensParts {
  readonly database: LibraryDatabase;
  readonly catalog: Catalog;
  readonly tokens: TokenStore;
  readonly decoder: PhotoDecoder;
  readonly encoder: ImageEncoder | null;
}

/** One photo's trouble, which must not keep others from being ranked. */
const unreadable: ReadonlySet<ErrorCode> = new Set([
  'source-gone',
  'file-unreadable',
  'photo-broken',
]);

/** As documented at `Library.imageTokens`. */
export async function imageTokens(
  parts: ImageTokensParts,
  modelKey: ModelKey,
  ids: readonly PhotoId[],
  signal?: AbortSignal,
): Promise<readonly (Float32Array | null)[]> {
  const { catalog, tokens, encoder } = parts;
  const result = [...(await tokens.get(modelKey, ids))];
  const missing = ids.flatMap((id, index) => {
    const photo = catalog.photo(id);
    return result[index] === null && photo ? [{ index, photo }] : [];
  });
  if (missing.length === 0) return result;
  if (encoder?.modelKey !== modelKey) {
    const message = 'The tokens must be computed again, and the model is not there for it.';
    throw new AppError('engine-stopped', message);
  }
  for (let start = 0; start < missing.length; start += encoder.batchSize) {
    throwIfAborted(signal);
    const batch = missing.slice(start, start + encoder.batchSize);
    const pixels = await Promise.all(
      batch.map(({ photo }) => pixelsOf(parts, photo.id, encoder.inputSize, signal)),
    );
    const readable = batch.filter((_, index) => pixels[index]);
    const encodings = await encoder.encodeImages(
      pixels.filter((square) => square !== null),
      signal,
    );
    for (const [index, entry] of readable.entries()) {
      result[entry.index] = encodings[index]?.tokens ?? null;
    }
    await keep(
      parts,
      modelKey,
      readable.map(({ photo }) => photo.id),
      encodings,
    );
  }
  return result;
}

/** Null where the stored picture is gone or cannot be decoded any more. */
async function pixelsOf(
  { database, catalog, decoder }: ImageTokensParts,
  id: PhotoId,
  size: number,
  signal: AbortSignal | undefined,
): Promise<ModelPixels | null> {
  try {
    const { blob } = await readPicture(database, id);
    const { width = 0, height = 0 } = catalog.photo(id) ?? {};
    const megapixels = (width * height) / 1e6;
    return await decoder.preparePixels({ blob, megapixels }, size, { signal });
  } catch (thrown) {
    const error = AppError.from(thrown);
    if (unreadable.has(error.code)) return null;
    throw error;
  }
}

async function keep(
  { database, tokens }: ImageTokensParts,
  modelKey: ModelKey,
  ids: readonly PhotoId[],
  encodings: readonly ImageEncoding[],
): Promise<void> {
  try {
    await inTransaction(database, async (transaction) => {
      const photos = transaction.objectStore('photos');
      const present = await Promise.all(ids.map((id) => photos.getKey(id)));
      const entries = ids.flatMap((id, index) => {
        const encoding = encodings[index];
        return present[index] && encoding ? [{ id, tokens: encoding.tokens }] : [];
      });
      await tokens.put(transaction, modelKey, entries);
    });
  } catch (thrown) {
    // They are only kept to save time: a full disk must not stop a search.
    if (AppError.from(thrown).code !== 'storage-full') throw thrown;
  }
}
