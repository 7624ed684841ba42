import type { PhotoCaptions } from '../library/captions';
import type { Library, Photo, PhotoId } from '../library/library';
import { noTags, type PhotoTags } from '../library/tags';

/** What is exported of a photo: tags, captions and what tells which photo it is. */
export interface ExportedPhoto {
  readonly photo: Pick<Photo, 'id' | 'paths' | 'bytes'>;
  readonly tags: PhotoTags;
  readonly captions: PhotoCaptions;
}

/** The photos that have something to be exported, of all or of those named. */
export function exportedPhotos(
  library: Pick<Library, 'photos' | 'tags' | 'captions'>,
  among?: ReadonlySet<PhotoId>,
): readonly ExportedPhoto[] {
  const allTags = library.tags();
  const allCaptions = library.captions();
  return library.photos().flatMap((photo): ExportedPhoto[] => {
    const tags = allTags.get(photo.id);
    const captions = allCaptions.get(photo.id);
    if ((among && !among.has(photo.id)) || (!tags && !captions)) return [];
    return [{ photo, tags: tags ?? noTags, captions: captions ?? {} }];
  });
}
