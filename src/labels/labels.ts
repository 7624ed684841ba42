/** What the app sees of zero-shot classification: labels that a person makes up, on their photos. */
import type { PhotoId } from '../library/library';

/** Sentences about a label by its language; `{}` stands for the label. */
export interface Templates {
  readonly zh: readonly string[];
  readonly en: readonly string[];
}

/** How a photo fits a label. */
export interface LabelScore {
  readonly label: string;
  readonly cosine: number;
  /** softmax(logitScale · cosine) over all labels that were asked for. */
  readonly probability: number;
}

/** A photo that a label describes. */
export interface LabelledPhoto {
  readonly photoId: PhotoId;
  readonly cosine: number;
  readonly probability: number;
}

/** Labels of the whole library. */
export interface LibraryLabels {
  readonly labels: readonly string[];
  /** Photos that were looked at. */
  readonly photos: readonly PhotoId[];
  /**
   * For each label the photos whose probability is at least {@link leastProbability}, most probable
   * first.
   */
  readonly byLabel: ReadonlyMap<string, readonly LabelledPhoto[]>;
}

/** Below this no threshold can be set: what is less probable is not kept. */
export const leastProbability = 0.05;

export interface LabelProgress {
  readonly done: number;
  readonly total: number;
}
