/** Captions that are kept with a photo, at most one a language, and the rules by which they change. */
import type { CaptionLanguage, ModelKey } from '../model/encoding';

export type { CaptionLanguage };

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

export const noCaptions: PhotoCaptions = {};

export function hasCaption({ zh, en }: PhotoCaptions): boolean {
  return zh !== undefined || en !== undefined;
}

/** Puts a caption in the place of the one in its language, unless a model's would replace a person's. */
export function withCaption(
  captions: PhotoCaptions,
  language: CaptionLanguage,
  caption: StoredCaption,
): PhotoCaptions {
  const keep = captions[language]?.source.kind === 'hand' && caption.source.kind === 'model';
  return keep ? captions : { ...captions, [language]: caption };
}

export function withoutCaption(captions: PhotoCaptions, language: CaptionLanguage): PhotoCaptions {
  if (!captions[language]) return captions;
  const { [language]: _, ...others } = captions;
  return others;
}
