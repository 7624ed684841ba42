/** Writes captions token by token. Runs in the engine's worker. */
import { AppError } from '../errors';
import type { CaptionDraft, CaptionLanguage, CaptionStep } from '../model/encoding';
import type { Manifest } from '../model/manifest';
import { findGraph } from '../model/package';
import { type ModelPackage, type ReadOptions, readTokenizer } from '../model/packages/open';
import type { Tokenizer } from '../model/tokenizer';
import { BeamSearch } from './beam-search';
import { isContentWord } from './content-words';
import type { Decoding, DecodingRule } from './decoding';
import type { Backend } from './engine';
import { NucleusSampling } from './nucleus-sampling';
import type { Runtime } from './runtime';
import { type GraphBytes, GraphSession, readGraph } from './session';
import { output, pack } from './tensors';

/** Sentences that are followed at once. */
const beams = 5;
/** Chosen with the beams on validation photos, as in modelling/r2d2/evaluation/captions.py. */
const contrast = 0.15;

type CaptionSettings = NonNullable<Manifest['caption']>;

/** A caption on its way. */
interface Writing {
  readonly decoding: Decoding;
  /** Whether each row is computed once more without seeing the photo. */
  readonly isContrasted: boolean;
  /** Of the photo: P × Wi values. */
  readonly imageTokens: Float32Array;
  /** The key-value cache: layers × 2 × rows × heads × tokens so far × headWidth. */
  past: Float32Array;
}

/** What a captioner is made of. */
export interface CaptionerFiles {
  readonly bytes: GraphBytes;
  /** Its own; undefined where it writes with the text's. */
  readonly tokenizer: Tokenizer | undefined;
}

/**
 * @returns undefined where the package has no captioner for the back end
 * @throws AppError those of the download and of the tokenizer
 */
export async function readCaptioner(
  model: ModelPackage,
  backend: Backend,
  options?: ReadOptions,
): Promise<CaptionerFiles | undefined> {
  const graph = findGraph(model.manifest, 'captioner', backend);
  if (!graph) return undefined;
  const bytes = await readGraph(model, graph, options);
  const { tokenizer, maxTokens = 0 } = model.manifest.caption ?? {};
  return {
    bytes,
    tokenizer: tokenizer
      ? await readTokenizer(model, tokenizer, { maxTokens, prefix: '' }, options)
      : undefined,
  };
}

export class Captioner {
  readonly #writings = new Map<number, Writing>();
  readonly #contentWords = new Map<number, boolean>();

  private constructor(
    private readonly session: GraphSession,
    private readonly tokenizer: Tokenizer,
    private readonly manifest: Manifest,
    private readonly settings: CaptionSettings,
  ) {}

  /**
   * @param textTokenizer the package's, which is the captioner's too unless it has its own
   * @returns undefined where the manifest does not say how captions are written
   * @throws AppError `session-failed`
   */
  static async create(
    runtime: Runtime,
    backend: Backend,
    manifest: Manifest,
    { bytes, tokenizer }: CaptionerFiles,
    textTokenizer: Tokenizer,
  ): Promise<Captioner | undefined> {
    const settings = manifest.caption;
    if (!settings) return undefined;
    const session = await GraphSession.create(runtime, backend, 'captioner', bytes);
    return new Captioner(session, tokenizer ?? textTokenizer, manifest, settings);
  }

  /**
   * @param id chosen by the caller, for the calls that follow
   * @param seed of sentences that are drawn by chance; null for the most probable ones
   */
  begin(
    id: number,
    imageTokens: Float32Array,
    language: CaptionLanguage,
    seed: number | null,
  ): void {
    const { startTokens, endToken, maxTokens } = this.settings;
    const special = [...this.tokenizer.specialIds(), ...Object.values(startTokens)];
    const rule: DecodingRule = {
      beams,
      startToken: startTokens[language],
      endToken,
      maxTokens,
      forbidden: special.filter((token) => token !== endToken),
      contrast,
      isOnce: (token) => this.#isContentWord(token),
    };
    this.#writings.set(id, {
      decoding: seed === null ? new BeamSearch(rule) : new NucleusSampling(rule, seed),
      isContrasted: seed === null,
      imageTokens,
      past: new Float32Array(0),
    });
  }

  /** One token further; after the last one there is nothing left to call. @throws AppError `run-failed` */
  async step(id: number): Promise<CaptionStep> {
    const writing = this.#writings.get(id);
    if (!writing) throw new AppError('internal', 'The caption was ended before.');
    const { decoding, isContrasted, imageTokens, past } = writing;
    const { layers, heads, headWidth } = this.settings;
    const { image } = this.manifest.tokens;
    const inputs = decoding.inputs();
    const count = inputs.length;
    // Rows that see nothing get zeros, behind those that see the photo.
    const seeing = Array<Float32Array>(count).fill(imageTokens);
    const unseen = new Float32Array(imageTokens.length);
    const blind = Array<Float32Array>(isContrasted ? count : 0).fill(unseen);
    const rows = seeing.length + blind.length;
    const { logits, present } = await this.session.run({
      image_tokens: {
        data: pack([...seeing, ...blind], image.count * image.width),
        dims: [rows, image.count, image.width],
      },
      input_ids: {
        data: isContrasted ? Int32Array.of(...inputs, ...inputs) : inputs,
        dims: [rows, 1],
      },
      position: { data: Int32Array.of(decoding.position), dims: [1] },
      past: { data: past, dims: [layers, 2, rows, heads, decoding.position, headWidth] },
    });
    const all = output(logits);
    const half = (all.length / rows) * count;
    const parents = decoding.advance(
      all.subarray(0, half),
      isContrasted ? all.subarray(half) : undefined,
    );
    const text = this.tokenizer.decode(decoding.best().tokens);
    if (!decoding.done) {
      const chosen = isContrasted
        ? Int32Array.of(...parents, ...parents.map((parent) => parent + count))
        : parents;
      writing.past = selectRows(output(present), layers * 2, rows, chosen);
      return { text, drafts: null };
    }
    this.end(id);
    return { text, drafts: this.#drafts(decoding) };
  }

  /** Lets the caption go, whether it is at its end or not. */
  end(id: number): void {
    this.#writings.delete(id);
  }

  #isContentWord(token: number): boolean {
    const known = this.#contentWords.get(token);
    if (known !== undefined) return known;
    const is = isContentWord(this.tokenizer.decode([token]));
    this.#contentWords.set(token, is);
    return is;
  }

  /** Different tokens may make the same sentence. */
  #drafts(decoding: Decoding): readonly CaptionDraft[] {
    const drafts = new Map<string, CaptionDraft>();
    for (const { tokens, score } of decoding.finished()) {
      const text = this.tokenizer.decode(tokens);
      if (text !== '' && !drafts.has(text)) drafts.set(text, { text, score });
    }
    return [...drafts.values()];
  }
}

/** Of slices × rows × values those rows that are named, in their order. */
function selectRows(
  values: Float32Array,
  slices: number,
  rows: number,
  chosen: Int32Array,
): Float32Array {
  const width = values.length / (slices * rows);
  const result = new Float32Array(slices * chosen.length * width);
  let at = 0;
  for (let slice = 0; slice < slices; slice++) {
    for (const row of chosen) {
      const start = (slice * rows + row) * width;
      result.set(values.subarray(start, start + width), at);
      at += width;
    }
  }
  return result;
}
