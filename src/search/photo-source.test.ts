import { expect, it } from 'vitest';
import manifest from '../model/fixtures/manifest.json';
import type { Manifest } from '../model/manifest';
import { PhotoSources } from './photo-source';

const encoding = { embedding: Float32Array.of(1), tokens: Float32Array.of(2) };
const pixels = { size: 1, data: new Uint8Array(3) };

function sources() {
  let encoded = 0;
  const engine = {
    ready: async () => ({
      status: 'ready' as const,
      backend: 'wasm' as const,
      modelKey: 'tiny@1' as const,
      manifest: manifest as Manifest,
    }),
    encodeImages: async () => {
      encoded++;
      return [encoding];
    },
  };
  const library = {
    pixels: async () => pixels,
    embedding: async (_: string, id: string) => (id === 'indexed' ? encoding.embedding : null),
    imageTokens: async () => [null],
  };
  return { photos: new PhotoSources(engine, library), encoded: () => encoded };
}

it('gives what is stored of a photo, and says which is not indexed yet', async () => {
  const { photos } = sources();
  await expect(photos.embedding({ kind: 'library', id: 'indexed' })).resolves.toEqual(
    encoding.embedding,
  );
  await expect(photos.embedding({ kind: 'library', id: 'new' })).rejects.toMatchObject({
    code: 'photo-not-indexed',
  });
  await expect(photos.tokens({ kind: 'library', id: 'removed' })).rejects.toMatchObject({
    code: 'source-gone',
  });
});

it('encodes a file once', async () => {
  const { photos, encoded } = sources();
  const source = { kind: 'file' as const, file: new File(['photo'], 'photo.jpg') };
  await expect(photos.embedding(source)).resolves.toEqual(encoding.embedding);
  await expect(photos.tokens(source)).resolves.toEqual(encoding.tokens);
  expect(encoded()).toBe(1);
});
