import type { Engine } from '../engine/engine';
import { throwIfAborted } from '../errors';
import type { PhotoId } from '../library/library';
import type { CurrentIndex } from '../search/current-index';
import { dot } from '../search/dot';
import type { ScannedPhotos } from '../search/embedding-index';
import type { PhotoSource, PhotoSources } from '../search/photo-source';
import { LabelEmbeddings } from './label-embeddings';
import {
  type LabelledPhoto,
  type LabelProgress,
  type LabelScore,
  type LibraryLabels,
  leastProbability,
  type Templates,
} from './labels';
import { scoreLabels } from './zero-shot';

/** Cosines between two pauses: some tens of milliseconds, so that the page stays responsive. */
const cosinesAtOnce = 1 << 16;

/**
 * Zero-shot classification (arXiv 2205.03860, section 5): a photo is compared with sentences about
 * each label. Photos of the library are compared through the search's own index, all labels with all
 * photos in one pass, which for 1,000 labels takes as long as 1,000 searches.
 */
export class ZeroShotLabels {
  readonly #embeddings: LabelEmbeddings;

  constructor(
    private readonly engine: Pick<Engine, 'ready' | 'encodeText'>,
    private readonly index: CurrentIndex,
    private readonly photos: Pick<PhotoSources, 'embedding'>,
  ) {
    this.#embeddings = new LabelEmbeddings(engine);
  }

  /** Scores of all labels, best first. @throws AppError as `PhotoSources.embedding` */
  async ofPhoto(
    photo: PhotoSource,
    labels: readonly string[],
    templates: Templates,
    signal?: AbortSignal,
  ): Promise<readonly LabelScore[]> {
    const { modelKey, manifest } = await this.engine.ready();
    const [embedding, queries] = await Promise.all([
      this.photos.embedding(photo),
      this.#embeddings.get(modelKey, labels, templates, signal),
    ]);
    throwIfAborted(signal);
    const cosines = queries.map((query) => dot(query, embedding));
    return scoreLabels(labels, cosines, manifest.embedding.logitScale);
  }

  /** Photos of the library for each label. @throws AppError `cancelled`, and what encoding throws */
  async ofLibrary(
    labels: readonly string[],
    templates: Templates,
    signal?: AbortSignal,
    onProgress: (progress: LabelProgress) => void = () => {},
  ): Promise<LibraryLabels> {
    const { modelKey, manifest } = await this.engine.ready();
    const index = this.index.of(modelKey, manifest);
    const [queries] = await Promise.all([
      this.#embeddings.get(modelKey, labels, templates, signal, onProgress),
      index.filled(),
    ]);
    throwIfAborted(signal);
    const byLabel = labels.map((): LabelledPhoto[] => []);
    const photos: PhotoId[] = [];
    if (labels.length > 0) {
      const photosAtOnce = Math.max(16, Math.floor(cosinesAtOnce / labels.length));
      for (const scanned of index.scan(queries, photosAtOnce)) {
        collect(scanned, manifest.embedding.logitScale, byLabel);
        photos.push(...scanned.ids);
        await nextTask();
        throwIfAborted(signal);
      }
    }
    for (const found of byLabel) found.sort((a, b) => b.probability - a.probability);
    return {
      labels,
      photos,
      byLabel: new Map(labels.map((label, i) => [label, byLabel[i] ?? []])),
    };
  }
}

/**
 * Adds the labels of some photos that are probable enough: softmax over the labels, label by label
 * so that memory is read in its order.
 */
function collect(
  { ids, cosines }: ScannedPhotos,
  logitScale: number,
  byLabel: readonly LabelledPhoto[][],
): void {
  const best = new Float32Array(ids.length).fill(Number.NEGATIVE_INFINITY);
  for (const ofLabel of cosines) {
    for (let row = 0; row < best.length; row++) {
      const cosine = ofLabel[row] as number;
      if (cosine > (best[row] as number)) best[row] = cosine;
    }
  }
  const sums = new Float32Array(ids.length);
  for (const ofLabel of cosines) {
    for (let row = 0; row < sums.length; row++) {
      const odds = Math.exp(logitScale * ((ofLabel[row] as number) - (best[row] as number)));
      sums[row] = (sums[row] as number) + odds;
    }
  }
  // No label further than this from the best one can be probable enough.
  const furthest = Math.log(leastProbability) / logitScale;
  for (const [label, ofLabel] of cosines.entries()) {
    for (let row = 0; row < sums.length; row++) {
      const cosine = ofLabel[row] as number;
      const distance = cosine - (best[row] as number);
      if (distance < furthest) continue;
      const probability = Math.exp(logitScale * distance) / (sums[row] as number);
      if (probability < leastProbability) continue;
      byLabel[label]?.push({ photoId: ids[row] as string, cosine, probability });
    }
  }
}

function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
