/** Captions that are kept with a photo, at most one a language. */
import type { ModelKey } from '../model/encoding';

export type CaptionSource =
  /** Written or edited by a person; no model ever replaces it. */
  | { readonly kind: 'hand' }
  | {
      readonly kind: 'model';
      readonly modelKey: ModelKey;
      /** Calibrated match probability, null where the package has no ranker. */
      readonly match: number | null;
    };

export interface StoredCaption {
  readonly text: string;
  readonly source: CaptionSource;
}

export interface PhotoCaptions {
  readonly zh?: StoredCaption;
  readonly en?: StoredCaption;
}
