import type { TaggedPhoto } from './tagged-photo';

const header = ['path', 'sha256', 'tag', 'source', 'set', 'probability'];

/** One line for each path, tag and source (RFC 4180), with a byte order mark so that spreadsheets read it as UTF-8. */
export function tagsAsCsv(photos: readonly TaggedPhoto[]): string {
  const lines = photos.flatMap(({ photo, tags }) =>
    photo.paths.flatMap((path) =>
      tags.tags.map(({ name, source }) =>
        source.kind === 'hand'
          ? [path, photo.id, name, 'hand', '', '']
          : [path, photo.id, name, 'label set', source.set, source.probability.toFixed(4)],
      ),
    ),
  );
  return `\uFEFF${[header, ...lines].map((fields) => `${fields.map(quoted).join(',')}\r\n`).join('')}`;
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
