/** Puts the library within reach of library.spec.ts, without app and engine around it. */
import { exportedPhotos } from '../../src/export/exported-photo';
import { writeSidecars } from '../../src/export/write-sidecars';
import { createLibrary } from '../../src/library/create-library';
import { identify, prepare } from '../../src/library/decode/decode';
import { DecodePool } from '../../src/library/decode/pool';
import type { IndexingState, IndexingStatus, Library } from '../../src/library/library';
import { photosFromFiles } from '../../src/library/sources/files';
import { photosFromFolder } from '../../src/library/sources/folder';
import { photosFromTransfer } from '../../src/library/sources/transfer';
import type { ImageEncoder, ModelKey, ModelPixels } from '../../src/model/encoding';

/** An encoder whose vectors are plain statistics of the pixels, and which counts what it is given. */
class StatisticsEncoder implements ImageEncoder {
  readonly inputSize = 64;
  readonly batchSize = 8;
  readonly usesTokens = true;
  encoded = 0;

  constructor(
    readonly modelKey: ModelKey,
    private readonly delayMs: number,
  ) {}

  async encodeImages(photos: readonly ModelPixels[]) {
    await new Promise((resolve) => setTimeout(resolve, this.delayMs * photos.length));
    this.encoded += photos.length;
    return photos.map(({ data }) => {
      const means = new Float32Array(12);
      for (const [index, value] of data.entries()) {
        const quarter = Math.floor((4 * index) / data.length);
        const channel = quarter * 3 + (index % 3);
        means[channel] = (means[channel] ?? 0) + value;
      }
      const length = Math.hypot(...means) || 1;
      return { embedding: means.map((mean) => mean / length), tokens: Float32Array.from(data) };
    });
  }
}

const harness = {
  createLibrary,
  exportedPhotos,
  writeSidecars,
  photosFromFiles,
  photosFromFolder,
  photosFromTransfer,
  identify,
  prepare,
  DecodePool,
  encoder: (modelKey: ModelKey, delayMs = 0) => new StatisticsEncoder(modelKey, delayMs),
  /** Waits until the indexing is in one of the statuses. */
  async until(library: Library, ...statuses: IndexingStatus[]): Promise<IndexingState> {
    while (!statuses.includes(library.indexing().status)) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return library.indexing();
  },
};

declare global {
  interface Window {
    libraryHarness: typeof harness;
  }
}

window.libraryHarness = harness;
