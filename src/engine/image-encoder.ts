import type { ImageEncoder } from '../model/encoding';
import { batchSizes } from './backend';
import type { Engine, ReadyState } from './engine';

/**
 * The engine as the library sees it: encodes photos in the background, behind queries.
 *
 * @param ready the state from which on it can be used; another model needs another encoder
 */
export function createImageEncoder(
  engine: Engine,
  { modelKey, manifest, backend }: ReadyState,
): ImageEncoder {
  return {
    modelKey,
    inputSize: manifest.image.size,
    batchSize: batchSizes[backend].images,
    usesTokens: Boolean(manifest.graphs.ranker ?? manifest.graphs.captioner),
    encodeImages: (photos, signal) =>
      engine.encodeImages(photos, { signal, priority: 'background' }),
  };
}
