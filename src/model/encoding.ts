/** What a model makes of photos and texts: the values that pass between library, engine and search. */

/** `<id>@<version>` of a package: vectors of different keys must never be compared. */
export type ModelKey = `${string}@${string}`;

/** Pixels ready for an image encoder: RGB, 8 bits a channel, row by row, `size` × `size` × 3 values. */
export interface ModelPixels {
  readonly size: number;
  readonly data: Uint8Array;
}

export interface ImageEncoding {
  /** Unit length, `embedding.dimensions` values. */
  readonly embedding: Float32Array;
  /** What the ranker reads: `tokens.image.count` × `tokens.image.width` values, row by row. */
  readonly tokens: Float32Array;
}

export interface TextEncoding {
  readonly text: string;
  /** Unit length, `embedding.dimensions` values. */
  readonly embedding: Float32Array;
  /** What the ranker reads: `length` × `tokens.text.width` values, row by row. */
  readonly tokens: Float32Array;
  /** Number of text tokens, special ones included; texts run at their own length, so no mask is kept. */
  readonly length: number;
  /** The token strings, for heat maps. */
  readonly pieces: readonly string[];
}

/** The ranker's answer for one text against N photos. */
export interface Ranking {
  /** Mean match probability of both cross encoders, one a photo. */
  readonly matchProbabilities: Float32Array;
  /** What part each text token matches: N × `length` × `tokens.image.count`, each row sums to 1. */
  readonly attention: Float32Array;
  /** Text side then image side, N × 2, where the package gives them. */
  readonly headProbabilities?: Float32Array;
}

export type CaptionLanguage = 'zh' | 'en';

/** A sentence about a photo, as the captioner wrote it. */
export interface CaptionDraft {
  readonly text: string;
  /** Mean log probability of its tokens. */
  readonly score: number;
}

/** A caption after one more token. */
export interface CaptionStep {
  /** The best sentence so far, perhaps not yet at its end. */
  readonly text: string;
  /** Null until the last step: then the finished sentences, best first, all different. */
  readonly drafts: readonly CaptionDraft[] | null;
}

/** Encodes photos for the index; the engine is one, tests bring others. */
export interface ImageEncoder {
  readonly modelKey: ModelKey;
  /** Side of the square that {@link ModelPixels} must have. */
  readonly inputSize: number;
  /** How many photos to hand over at once for the best throughput. */
  readonly batchSize: number;
  /** Whether a photo's tokens are read again, by a ranker or a captioner; else none are kept. */
  readonly usesTokens: boolean;
  encodeImages(
    photos: readonly ModelPixels[],
    signal?: AbortSignal,
  ): Promise<readonly ImageEncoding[]>;
}
