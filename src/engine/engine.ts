/**
 * What the rest of the app sees of the engine: one worker that owns the GPU device and every
 * onnxruntime session, reached through these calls only.
 */
import type { AppError } from '../errors';
import type {
  CaptionLanguage,
  CaptionStep,
  ImageEncoding,
  ModelKey,
  ModelPixels,
  Ranking,
  TextEncoding,
} from '../model/encoding';
import type { Manifest } from '../model/manifest';
import { findGraph } from '../model/package';
import type { LoadProgress } from '../model/packages/receive';

export type Backend = 'webgpu' | 'wasm';

export type OptionalPart = 'ranker' | 'captioner';

/** Why parts are left out. */
export type LeftOut = Readonly<Partial<Record<OptionalPart, AppError>>>;

/** The model can be used. */
export interface ReadyState {
  readonly status: 'ready';
  readonly backend: Backend;
  readonly modelKey: ModelKey;
  readonly manifest: Manifest;
  /** Parts that kept failing, if any, and why: their calls reject with that. */
  readonly leftOut?: LeftOut;
  /** Why WebGPU was not taken although it was preferred, if so. */
  readonly fallbackReason?: AppError;
  /** Why the model's files could not be kept and will be downloaded again next time, if so. */
  readonly storageError?: AppError;
}

export type EngineState =
  | { readonly status: 'loading'; readonly progress: LoadProgress | null }
  | ReadyState
  | { readonly status: 'failed'; readonly error: AppError };

export interface EngineOptions {
  /** Folder of a model package, absolute or relative to the page, or a `keptAddress`. */
  readonly modelUrl: string;
  /** `auto`: WebGPU where there is an adapter, else WASM. A forced back end does not fall back. */
  readonly backend: Backend | 'auto';
  /**
   * Only the photo encoder is loaded, for a model that the library is indexed with while another one
   * searches: other calls reject with `graph-missing`.
   */
  readonly imagesOnly?: boolean;
}

/**
 * Interactive calls (a query) overtake background calls (indexing) in the engine's one queue.
 * Every call rejects with an {@link AppError}; an aborted one with code `cancelled`.
 */
export type Priority = 'interactive' | 'background';

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly priority?: Priority;
}

export interface CaptionOptions extends CallOptions {
  /** Has the sentences drawn by chance: the same seed draws the same ones. */
  readonly seed?: number | null;
}

export interface Engine {
  getState(): EngineState;
  subscribe(listener: (state: EngineState) => void): () => void;
  /** Resolves once ready, rejects with the error of a failed start. */
  ready(): Promise<ReadyState>;
  encodeImages(
    photos: readonly ModelPixels[],
    options?: CallOptions,
  ): Promise<readonly ImageEncoding[]>;
  /** The package's prefix is put before `text` here; callers pass what the person typed. */
  encodeText(text: string, options?: CallOptions): Promise<TextEncoding>;
  /**
   * Runs both cross encoders on one text and N photos' tokens
   * (each `tokens.image.count` × `tokens.image.width` values).
   * Rejects with `graph-missing` where the package has no ranker.
   */
  rank(
    text: TextEncoding,
    imageTokens: readonly Float32Array[],
    options?: CallOptions,
  ): Promise<Ranking>;
  /** Creates the captioner's session ahead of the first caption. Rejects as {@link caption} throws. */
  prepareCaptioner(options?: CallOptions): Promise<void>;
  /**
   * Writes about one photo (`tokens.image.count` × `tokens.image.width` values): the most probable
   * sentences, or with a seed some that are drawn by chance. Yields after each token; in between,
   * more urgent calls come first. Throws `graph-missing` where the package has no captioner, and
   * `engine-stopped` where the engine had to start anew amid the sentence.
   */
  caption(
    imageTokens: Float32Array,
    language: CaptionLanguage,
    options?: CaptionOptions,
  ): AsyncGenerator<CaptionStep, void>;
  /**
   * Starts again on a new worker, after `failed` or with other options. Calls that wait reject with
   * `engine-stopped`, and so do further ones until another model is ready: whatever they carry was
   * made by the one before.
   */
  restart(options?: Partial<EngineOptions>): void;
  /** Ends the worker, which gives its memory back. */
  close(): void;
}

/** Whether the model has this part for the back end. One that is left out counts: its calls tell why. */
export function isOffered(
  { manifest, backend }: Pick<ReadyState, 'manifest' | 'backend'>,
  part: OptionalPart,
): boolean {
  if (part === 'captioner' && !manifest.caption) return false;
  return findGraph(manifest, part, backend) !== undefined;
}

/** Whether the model has this part and it works as far as is known. */
export function hasPart(state: ReadyState, part: OptionalPart): boolean {
  return isOffered(state, part) && state.leftOut?.[part] === undefined;
}
