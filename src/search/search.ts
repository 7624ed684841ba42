/** What the app sees of search: a query goes in, an ever better order of photos comes out. */
import type { AppError } from '../errors';
import type { PhotoId } from '../library/library';
import type { CaptionAuthor } from './caption-texts';

/** `pre-rank`: by the dual encoder; `re-rank`: match probabilities are arriving; `done`: final. */
export type SearchStage = 'pre-rank' | 're-rank' | 'done';

export interface SearchHit {
  readonly photoId: PhotoId;
  /** By the final score, photos that a person described in the query's words first; from 1. */
  readonly rank: number;
  readonly cosine: number;
  /** The ranker's match probability as the graph gives it, once known. */
  readonly match?: number;
  /**
   * The match probability after the package's calibration: right so many times in 1. It never rises
   * along the ranks: photos whose matches do get their mean. Photos that a person described in the
   * query's words come first whatever theirs is.
   */
  readonly calibratedMatch?: number;
  /** Who wrote the captions of the photo that hold the query's words, if they do. */
  readonly caption?: CaptionAuthor;
  /** Whether the photo itself reaches the cut-off; those that do are shown before those that do not. */
  readonly likely: boolean;
}

export interface SearchUpdate {
  readonly query: string;
  readonly stage: SearchStage;
  readonly hits: readonly SearchHit[];
  /** How many of the hits are re-ranked, or will be; 0 without a ranker. */
  readonly candidates: number;
  /** Set where re-ranking could not be done; the hits are then the pre-ranked ones. */
  readonly rerankError?: AppError;
}

export interface Search {
  /**
   * Yields after the pre-rank, after each re-ranked batch and at the end. Ends without a word once
   * aborted; throws an {@link AppError} where the query cannot be encoded.
   *
   * @param among the only photos to be found; without it all of them
   */
  run(
    query: string,
    signal: AbortSignal,
    among?: ReadonlySet<PhotoId>,
  ): AsyncGenerator<SearchUpdate, void>;
}
