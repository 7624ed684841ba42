import { hasCaption, noCaptions, type PhotoCaptions } from '../library/captions';
import type { Library, Photo, PhotoId } from '../library/library';
import { noTags, type PhotoTags } from '../library/tags';

/** What is exported of a photo: tags, captions and what tells which photo it is. */
export interface ExportedPhoto {
  readonly photo: Pick<Photo, 'id' | 'paths' | 'bytes'>;
  readonly tags: PhotoTags;
  readonly captions: PhotoCaptions;
}

/** Whether it has tags or captions; of a photo without it may be known what was taken away by hand. */
export function hasContent({ tags, captions }: ExportedPhoto): boolean {
  return tags.tags.length > 0 || hasCaption(captions);
}

/** The photos of which anything is known, of all or of those named. */
export function exportedPhotos(
  library: Pick<Library, 'photos' | 'tags' | 'captions'>,
  among?: ReadonlySet<PhotoId>,
): readonly ExportedPhoto[] {
  const allTags = library.tags();
  const allCaptions = library.captions();
  return library.photos().flatMap((photo): ExportedPhoto[] => {
    if (among && !among.has(photo.id)) return [];
    const tags = allTags.get(photo.id) ?? noTags;
    const exported = { photo, tags, captions: allCaptions.get(photo.id) ?? noCaptions };
    return hasContent(exported) || tags.refused.length > 0 ? [exported] : [];
  });
}
