import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file to hand to a file input. */
export interface FileContent {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

export const sampleFolder = join(import.meta.dirname, '../../public/sample');

interface Album {
  readonly photos: readonly { readonly file: string }[];
  readonly queries: Readonly<Record<'zh' | 'en', readonly string[]>>;
}

/** The sample album, as the app reads it. */
export const album: Album = JSON.parse(readFileSync(join(sampleFolder, 'album.json'), 'utf8'));

/** Paths of photographs of the sample album. */
export function samples(...names: readonly string[]): string[] {
  return names.map((name) => join(sampleFolder, name));
}

export function jpeg(name: string, buffer: Buffer): FileContent {
  return { name, mimeType: 'image/jpeg', buffer };
}

/**
 * So many different photos: sample photographs with bytes behind the end of the picture, which
 * decoders ignore and which make each a file of its own.
 */
export function manyPhotos(count: number): FileContent[] {
  const small = ['cat.jpg', 'dahlia.jpg', 'rocket.jpg', 'astronaut.jpg'].map((name) =>
    readFileSync(join(sampleFolder, name)),
  );
  return Array.from({ length: count }, (_, index) => {
    const photo = small[index % small.length] ?? Buffer.alloc(0);
    return jpeg(`photo-${index}.jpg`, Buffer.concat([photo, randomBytes(8)]));
  });
}
