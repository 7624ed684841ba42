/** A loaded model: encodes photos and texts and ranks pairs of them. Runs in the engine's worker. */
import { AppError } from '../errors';
import type { ImageEncoding, ModelPixels, Ranking, TextEncoding } from '../model/encoding';
import type { GraphFile, GraphRole, Manifest } from '../model/manifest';
import { createNormalizer, type Normalizer } from '../model/normalize';
import { filesOf, findGraph } from '../model/package';
import { type ModelPackage, type ReadOptions, readTokenizer } from '../model/packages/open';
import type { LoadProgress } from '../model/packages/receive';
import type { Tokenizer } from '../model/tokenizer';
import { Captioner, type CaptionerFiles, readCaptioner } from './captioner';
import type { Backend } from './engine';
import type { Runtime } from './runtime';
import { type GraphBytes, GraphSession, readGraph } from './session';
import { pack, part } from './tensors';

/** Each tokenizer knows some of it: one without special tokens makes nothing of an empty text. */
const sampleText = 'a photo 照片';

/** How far from 1 the length of an embedding may be before the back end counts as broken. */
const lengthTolerance = 0.02;

export interface LoadOptions extends Pick<ReadOptions, 'onUnkept'> {
  /** Bytes of all files that the back end needs; null once they are there. */
  readonly onProgress: (progress: LoadProgress | null) => void;
  /** Only the photo encoder is wanted. */
  readonly imagesOnly: boolean;
}

/** What is made into sessions at its first use. */
interface Waiting {
  ranker?: GraphBytes | undefined;
  /** Held only where it is not kept: else it is read from the cache when it is wanted. */
  captioner?: CaptionerFiles | undefined;
}

interface TextPart {
  readonly tokenizer: Tokenizer;
  readonly encoder: GraphSession;
}

export class ModelRunner {
  readonly #manifest: Manifest;
  readonly #normalize: Normalizer;
  /** Made at the first use, so that encoding can begin earlier. */
  #ranker: GraphSession | undefined;
  /** Made at the first use: most visits write no captions. */
  #captioner: Promise<Captioner | undefined> | undefined;

  private constructor(
    private readonly runtime: Runtime,
    private readonly backend: Backend,
    private readonly model: ModelPackage,
    private readonly imageEncoder: GraphSession,
    /** Null where only photos are to be encoded. */
    private readonly text: TextPart | null,
    private readonly waiting: Waiting,
  ) {
    this.#manifest = model.manifest;
    this.#normalize = createNormalizer(model.manifest.image);
  }

  /**
   * Reads one graph after the other, each let go once its session holds it.
   *
   * @throws AppError `graph-missing`, `session-failed`, `run-failed`, and those of the download and
   * of the tokenizer
   */
  static async load(
    runtime: Runtime,
    backend: Backend,
    model: ModelPackage,
    { onProgress, onUnkept, imagesOnly }: LoadOptions,
  ): Promise<ModelRunner> {
    const { manifest } = model;
    const imageGraph = requireGraph(model, 'imageEncoder', backend);
    const textGraph = requireGraph(model, 'textEncoder', backend);
    const rankerGraph = findGraph(manifest, 'ranker', backend);
    const captionerGraph = findGraph(manifest, 'captioner', backend);

    const graphs = imagesOnly ? [imageGraph] : [imageGraph, textGraph, rankerGraph, captionerGraph];
    const files = graphs.flatMap((graph) => (graph ? filesOf(graph) : []));
    const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
    let loadedBytes = 0;
    const onBytes = (bytes: number) => {
      loadedBytes += bytes;
      onProgress(loadedBytes < totalBytes ? { loadedBytes, totalBytes } : null);
    };
    const options: ReadOptions = { onBytes, onUnkept };

    onProgress({ loadedBytes, totalBytes });
    const createSession = async (role: GraphRole, graph: GraphFile) =>
      GraphSession.create(runtime, backend, role, await readGraph(model, graph, options));
    const imageEncoder = await createSession('imageEncoder', imageGraph);
    if (imagesOnly) {
      const runner = new ModelRunner(runtime, backend, model, imageEncoder, null, {});
      await runner.#warmUp();
      return runner;
    }
    const text = {
      tokenizer: await readTokenizer(model, manifest.text.tokenizer, manifest.text, options),
      encoder: await createSession('textEncoder', textGraph),
    };
    const ranker = rankerGraph && (await readGraph(model, rankerGraph, options));
    let isKept = model.storage !== null;
    const captioner = await readCaptioner(model, backend, {
      ...options,
      onUnkept: (error) => {
        isKept = false;
        onUnkept?.(error);
      },
    });

    const waiting = { ranker, captioner: isKept ? undefined : captioner };
    const runner = new ModelRunner(runtime, backend, model, imageEncoder, text, waiting);
    await runner.#warmUp();
    return runner;
  }

  /**
   * Runs the encoders once: compiles shaders, and finds a back end that computes wrong before a
   * library is indexed with it.
   */
  async #warmUp(): Promise<void> {
    const { size } = this.#manifest.image;
    const grey = { size, data: new Uint8Array(size * size * 3).fill(128) };
    const encodings: { readonly embedding: Float32Array }[] = await this.encodeImages([grey]);
    if (this.text) encodings.push(await this.encodeText(sampleText));
    for (const { embedding } of encodings) {
      const length = Math.hypot(...embedding);
      if (!(Math.abs(length - 1) < lengthTolerance)) {
        const detail = `embeddings of length ${length} in place of 1`;
        throw new AppError('run-failed', `The back end computes wrong: ${detail}.`, { detail });
      }
    }
  }

  async encodeImages(photos: readonly ModelPixels[]): Promise<ImageEncoding[]> {
    const { size } = this.#manifest.image;
    const { image_embeds, image_tokens } = await this.imageEncoder.run({
      pixel_values: { data: this.#normalize(photos), dims: [photos.length, 3, size, size] },
    });
    return photos.map((_, photo) => ({
      embedding: part(image_embeds, photo, photos.length),
      tokens: part(image_tokens, photo, photos.length),
    }));
  }

  /** @throws AppError `graph-missing`, `text-empty`, `run-failed` */
  async encodeText(text: string): Promise<TextEncoding> {
    if (!this.text) throw graphMissing(this.#manifest, 'textEncoder', this.backend);
    const { tokenizer, encoder } = this.text;
    const { ids, pieces } = tokenizer.encode(text);
    if (ids.length === 0) {
      throw new AppError('text-empty', `The model's tokenizer knows nothing of “${text}”.`, {
        text,
      });
    }
    const dims = [1, ids.length];
    const { text_embeds, text_tokens } = await encoder.run({
      input_ids: { data: ids, dims },
      attention_mask: { data: new Int32Array(ids.length).fill(1), dims },
    });
    return {
      text,
      embedding: part(text_embeds, 0, 1),
      tokens: part(text_tokens, 0, 1),
      length: ids.length,
      pieces,
    };
  }

  /** Creates the ranker's session, where the package has one and it is not there yet. */
  async prepareRanker(): Promise<void> {
    const bytes = this.waiting.ranker;
    if (!bytes) return;
    this.waiting.ranker = undefined;
    this.#ranker = await GraphSession.create(this.runtime, this.backend, 'ranker', bytes);
  }

  /** @throws AppError `graph-missing` */
  async rank(text: TextEncoding, imageTokens: readonly Float32Array[]): Promise<Ranking> {
    await this.prepareRanker();
    if (!this.#ranker) throw graphMissing(this.#manifest, 'ranker', this.backend);
    const { image, text: textTokens } = this.#manifest.tokens;
    const count = imageTokens.length;
    const { match_probability, attention, head_probabilities } = await this.#ranker.run({
      image_tokens: {
        data: pack(imageTokens, image.count * image.width),
        dims: [count, image.count, image.width],
      },
      text_tokens: {
        data: pack(Array(count).fill(text.tokens), text.length * textTokens.width),
        dims: [count, text.length, textTokens.width],
      },
      attention_mask: {
        data: new Int32Array(count * text.length).fill(1),
        dims: [count, text.length],
      },
    });
    return {
      matchProbabilities: part(match_probability, 0, 1),
      attention: part(attention, 0, 1),
      ...(head_probabilities ? { headProbabilities: part(head_probabilities, 0, 1) } : {}),
    };
  }

  /** @throws AppError `graph-missing`, and as {@link readCaptioner} and {@link Captioner.create} */
  async captioner(): Promise<Captioner> {
    if (!this.text) throw graphMissing(this.#manifest, 'captioner', this.backend);
    const { tokenizer } = this.text;
    this.#captioner ??= this.#createCaptioner(tokenizer);
    try {
      const captioner = await this.#captioner;
      if (!captioner) throw graphMissing(this.#manifest, 'captioner', this.backend);
      return captioner;
    } catch (error) {
      // A download that failed may succeed the next time.
      this.#captioner = undefined;
      throw error;
    }
  }

  async #createCaptioner(textTokenizer: Tokenizer): Promise<Captioner | undefined> {
    const { runtime, backend, model } = this;
    const files = this.waiting.captioner ?? (await readCaptioner(model, backend));
    this.waiting.captioner = undefined;
    return files && Captioner.create(runtime, backend, model.manifest, files, textTokenizer);
  }

  /** Lets a caption go, which needs no captioner where there is none. */
  async endCaption(id: number): Promise<void> {
    (await this.#captioner)?.end(id);
  }
}

function requireGraph(model: ModelPackage, role: GraphRole, backend: Backend): GraphFile {
  const graph = findGraph(model.manifest, role, backend);
  if (!graph) throw graphMissing(model.manifest, role, backend);
  return graph;
}

function graphMissing({ name }: Manifest, role: GraphRole, backend: Backend): AppError {
  return new AppError('graph-missing', `The model ${name} has no ${role} for ${backend}.`, {
    model: name,
    graph: role,
    backend,
  });
}
