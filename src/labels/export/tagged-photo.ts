import type { Photo } from '../../library/library';
import type { PhotoTags } from '../../library/tags';

/** What is exported of a photo: its tags and what tells which photo it is. */
export interface TaggedPhoto {
  readonly photo: Pick<Photo, 'id' | 'paths'>;
  readonly tags: PhotoTags;
}
