/** What the app sees of captioning: a photo goes in, sentences about it come out word by word. */
import type { Priority } from '../engine/engine';
import type { AppError } from '../errors';
import type { CaptionLanguage } from '../library/captions';
import type { PhotoId } from '../library/library';
import type { WordAttention } from '../search/matching';
import type { PhotoSource } from '../search/photo-source';

/** One of several sentences that the captioner wrote about a photo. */
export interface CaptionCandidate {
  readonly text: string;
  /** Mean log probability of its tokens, by the captioner. */
  readonly score: number;
  /** The ranker's match probability as the graph gives it; null where the package has no ranker. */
  readonly match: number | null;
  /** Of its embedding and the photo's; null without a ranker, and of a photo that has none yet. */
  readonly cosine: number | null;
  /** After the package's calibration. */
  readonly calibratedMatch: number | null;
  /** Words in their order and what each matches; empty where there is no ranker. */
  readonly words: readonly WordAttention[];
}

/** `writing`: words are arriving; `re-rank`: the candidates are being matched; `done`: final. */
export type CaptionStage = 'writing' | 're-rank' | 'done';

export interface CaptionUpdate {
  readonly stage: CaptionStage;
  readonly language: CaptionLanguage;
  /** The best sentence so far, perhaps not yet at its end. */
  readonly text: string;
  /** Best first; empty while `writing`. */
  readonly candidates: readonly CaptionCandidate[];
}

export interface WritingOptions {
  readonly priority?: Priority;
  /**
   * Sentences that are known already: others are asked for. They are drawn by chance, and where
   * all that come are known, the known ones come again.
   */
  readonly otherThan?: readonly string[];
}

export interface Captions {
  /**
   * Makes the captioner ready, so that the first caption need not wait for it: to be called when a
   * person turns to captions. Where it fails, the next `run` says why.
   */
  prepare(): void;
  /**
   * Yields after each word, once the candidates are written and once they are ordered. Ends without
   * a word once aborted.
   *
   * @throws AppError `graph-missing` where the package has no captioner, and what reading or
   * encoding the photo throws
   */
  run(
    photo: PhotoSource,
    language: CaptionLanguage,
    signal: AbortSignal,
    options?: WritingOptions,
  ): AsyncGenerator<CaptionUpdate, void>;
}

/** Captions many photos of the library in the background; survives a reload. */
export interface CaptionJobState {
  readonly status: 'idle' | 'running' | 'paused' | 'failed';
  readonly language: CaptionLanguage;
  readonly done: number;
  readonly total: number;
  /** Photos that could not be captioned. */
  readonly failed: number;
  /** Null until measured. */
  readonly secondsLeft: number | null;
  readonly error?: AppError;
}

export interface CaptionJob {
  state(): CaptionJobState;
  subscribe(listener: (state: CaptionJobState) => void): () => void;
  /** Photos that have a caption in this language, written by hand or by this model, are done already. */
  start(photos: readonly PhotoId[], language: CaptionLanguage): Promise<void>;
  pause(): void;
  resume(): void;
  /** Captions that are written stay. */
  cancel(): Promise<void>;
}
