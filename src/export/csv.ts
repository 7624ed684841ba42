import type { StoredCaption } from '../library/captions';
import type { Tag } from '../library/tags';
import type { ExportedPhoto } from './exported-photo';

/** `by` is the label set or the model; `probability` the label's or the match probability. */
const header = ['path', 'sha256', 'kind', 'language', 'text', 'source', 'by', 'probability'];

/**
 * One line for each path and tag or caption (RFC 4180), with a byte order mark so that spreadsheets
 * read it as UTF-8.
 */
export function asCsv(photos: readonly ExportedPhoto[]): string {
  const lines = photos.flatMap(({ photo, tags, captions }) => {
    const entries = [
      ...tags.tags.map((tag) => ['tag', '', ...tagFields(tag)]),
      ...(['zh', 'en'] as const).flatMap((language) => {
        const caption = captions[language];
        return caption ? [['caption', language, ...captionFields(caption)]] : [];
      }),
    ];
    return photo.paths.flatMap((path) => entries.map((entry) => [path, photo.id, ...entry]));
  });
  return `\uFEFF${[header, ...lines].map((fields) => `${fields.map(quoted).join(',')}\r\n`).join('')}`;
}

function tagFields({ name, source }: Tag): readonly string[] {
  return source.kind === 'hand'
    ? [name, 'hand', '', '']
    : [name, 'label set', source.set, source.probability.toFixed(4)];
}

function captionFields({ text, source }: StoredCaption): readonly string[] {
  return source.kind === 'hand'
    ? [text, 'hand', '', '']
    : [text, 'model', source.modelKey, source.match?.toFixed(4) ?? ''];
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
