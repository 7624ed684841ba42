import type { Engine } from '../engine/engine';
import { throwIfAborted } from '../errors';
import type { ModelKey } from '../model/encoding';
import { LruMap } from '../search/lru-map';
import type { LabelProgress, Templates } from './labels';
import { sentencesOf } from './templates';

/** At 512 dimensions some 8 MB: several sets of a thousand labels. */
const remembered = 4096;

/**
 * Embeddings of labels: unit-length mean of the embeddings of their sentences, as in CLIP's prompt
 * ensembles (arXiv 2103.00020, section 3.1.4). Made once for each model and set of templates.
 */
export class LabelEmbeddings {
  readonly #known = new LruMap<string, Float32Array>(remembered);

  constructor(private readonly engine: Pick<Engine, 'encodeText'>) {}

  /** One embedding a label. @throws AppError `cancelled`, and what encoding throws */
  async get(
    modelKey: ModelKey,
    labels: readonly string[],
    templates: Templates,
    signal?: AbortSignal,
    onProgress: (progress: LabelProgress) => void = () => {},
  ): Promise<readonly Float32Array[]> {
    const embeddings: Float32Array[] = [];
    for (const [done, label] of labels.entries()) {
      const sentences = sentencesOf(label, templates);
      const key = [modelKey, ...sentences].join('\n');
      let embedding = this.#known.get(key);
      if (!embedding) {
        throwIfAborted(signal);
        onProgress({ done, total: labels.length });
        embedding = await this.#encode(sentences, signal);
        this.#known.set(key, embedding);
      }
      embeddings.push(embedding);
    }
    return embeddings;
  }

  async #encode(
    sentences: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<Float32Array> {
    const encodings = await Promise.all(
      sentences.map((sentence) =>
        this.engine.encodeText(sentence, { signal, priority: 'interactive' }),
      ),
    );
    return unitMean(encodings.map(({ embedding }) => embedding));
  }
}

/** The mean of some vectors, brought to unit length. */
export function unitMean(vectors: readonly Float32Array[]): Float32Array {
  const sum = new Float32Array(vectors[0]?.length ?? 0);
  for (const vector of vectors) {
    for (const [i, value] of vector.entries()) sum[i] = (sum[i] as number) + value;
  }
  const length = Math.hypot(...sum);
  return length > 0 ? sum.map((value) => value / length) : sum;
}
