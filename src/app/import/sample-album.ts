import * as v from 'valibot';
import { AppError } from '../../errors';
import type { ImportItem } from '../../library/library';
import type { Language } from '../i18n/i18n';

const perLanguage = v.object({ zh: v.string(), en: v.string() });
const queries = v.array(v.string());

const albumSchema = v.object({
  photos: v.array(
    v.object({
      file: v.string(),
      title: perLanguage,
      author: v.string(),
      licence: v.string(),
      source: v.string(),
    }),
  ),
  queries: v.object({ zh: queries, en: queries }),
});

export type SampleAlbum = v.InferOutput<typeof albumSchema>;

const folder = 'sample/';

/** The list of the sample album; null where this installation has none. */
export async function loadSampleAlbum(): Promise<SampleAlbum | null> {
  const response = await fetch(`${folder}album.json`);
  if (!response.ok) return null;
  const parsed = v.safeParse(albumSchema, await response.json());
  if (!parsed.success) {
    throw new AppError('internal', `sample/album.json: ${parsed.issues[0].message}`);
  }
  return parsed.output;
}

/** The photos of the album, one after the other. Throws `sample-unreachable`. */
export async function* samplePhotos(
  album: SampleAlbum,
  language: Language,
): AsyncGenerator<ImportItem, void> {
  for (const { file, title, author, licence, source } of album.photos) {
    const blob = await samplePhoto(file);
    yield {
      path: folder + file,
      // Without a date: when most of them were taken is not known.
      source: new File([blob], file, { type: blob.type, lastModified: 0 }),
      attribution: { title: title[language], author, licence, source },
    };
  }
}

async function samplePhoto(file: string): Promise<Blob> {
  try {
    const response = await fetch(folder + file);
    if (!response.ok) throw new Error(`status ${response.status}`);
    return await response.blob();
  } catch (cause) {
    throw new AppError('sample-unreachable', `${file}: ${String(cause)}`, {}, { cause });
  }
}
