import type { TaggedPhoto } from './tagged-photo';

/** Everything that is known of the tags, corrections included. */
export function tagsAsJson(photos: readonly TaggedPhoto[]): string {
  const entries = photos.map(({ photo, tags }) => ({
    sha256: photo.id,
    paths: photo.paths,
    tags: tags.tags.map(({ name, source }) =>
      source.kind === 'hand'
        ? { name, source: 'hand' }
        : { name, source: 'label set', set: source.set, probability: source.probability },
    ),
    refused: tags.refused,
  }));
  return `${JSON.stringify({ format: 1, photos: entries }, null, 2)}\n`;
}
