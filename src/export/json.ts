import type { PhotoCaptions, StoredCaption } from '../library/captions';
import type { Tag } from '../library/tags';
import type { ExportedPhoto } from './exported-photo';

/** Everything that is known of tags and captions, corrections included. */
export function asJson(photos: readonly ExportedPhoto[]): string {
  const entries = photos.map(({ photo, tags, captions }) => ({
    sha256: photo.id,
    paths: photo.paths,
    tags: tags.tags.map(tagEntry),
    refused: tags.refused,
    captions: captionEntries(captions),
  }));
  return `${JSON.stringify({ format: 1, photos: entries }, null, 2)}\n`;
}

function tagEntry({ name, source }: Tag) {
  return source.kind === 'hand'
    ? { name, source: 'hand' }
    : { name, source: 'label set', set: source.set, probability: source.probability };
}

function captionEntries({ zh, en }: PhotoCaptions) {
  return { ...(zh && { zh: captionEntry(zh) }), ...(en && { en: captionEntry(en) }) };
}

function captionEntry({ text, source }: StoredCaption) {
  return source.kind === 'hand'
    ? { text, source: 'hand' }
    : { text, source: 'model', model: source.modelKey, match: source.match };
}
