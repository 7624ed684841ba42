/** Image-text matching: does a sentence describe a photo, and which part of it does each word match? */
import type { CallOptions, Engine } from '../engine/engine';
import { AppError } from '../errors';
import { calibrateMatch } from './hits';
import type { PhotoSource, PhotoSources } from './photo-source';
import { attentionOf, wordsOf } from './words';

/** Which part of the photo a word matches. */
export interface WordAttention {
  readonly word: string;
  /** One value a cell, row by row over a square grid laid over the photo; they sum to 1. */
  readonly attention: Float32Array;
}

export interface Match {
  readonly sentence: string;
  /** Mean of both cross encoders' match probabilities, as the graph gives it. */
  readonly probability: number;
  /** After the package's calibration. */
  readonly calibrated: number;
  /** Each cross encoder's own probability, where the package gives them. */
  readonly heads: { readonly text: number; readonly image: number } | null;
  /** Of the sentence. */
  readonly embedding: Float32Array;
  /** Words in their order. */
  readonly words: readonly WordAttention[];
}

export class Matching {
  constructor(
    private readonly engine: Pick<Engine, 'ready' | 'encodeText' | 'rank'>,
    private readonly photos: Pick<PhotoSources, 'tokens'>,
  ) {}

  /**
   * @throws AppError `graph-missing` where the package has no ranker, `cancelled`, and what reading
   * or encoding the photo throws
   */
  async match(photo: PhotoSource, sentence: string, signal?: AbortSignal): Promise<Match> {
    const tokens = await this.photos.tokens(photo, signal);
    return await this.matchTokens(tokens, sentence, { signal, priority: 'interactive' });
  }

  /** The same for a photo's tokens. @throws AppError `graph-missing`, `cancelled`, what encoding throws */
  async matchTokens(
    tokens: Float32Array,
    sentence: string,
    options: CallOptions = {},
  ): Promise<Match> {
    const { manifest } = await this.engine.ready();
    const text = await this.engine.encodeText(sentence, options);
    const { matchProbabilities, attention, headProbabilities } = await this.engine.rank(
      text,
      [tokens],
      options,
    );
    const [probability] = matchProbabilities;
    if (probability === undefined) throw new AppError('run-failed', 'The ranker gave no answer.');
    const [textSide, imageSide] = headProbabilities ?? [];
    const cells = manifest.tokens.image.count;
    return {
      sentence,
      probability,
      calibrated: calibrateMatch(probability, manifest.calibration),
      heads:
        textSide === undefined || imageSide === undefined
          ? null
          : { text: textSide, image: imageSide },
      embedding: text.embedding,
      words: wordsOf(text, manifest.text.prefix).map((word) => ({
        word: word.text,
        attention: attentionOf(word, attention, cells),
      })),
    };
  }
}
