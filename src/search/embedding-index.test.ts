import { expect, it, vi } from 'vitest';
import { AppError } from '../errors';
import { EmbeddingIndex } from './embedding-index';
import { MemoryLibrary, modelKey } from './testing/memory-library';
import { cosine, randomUnitVectors } from './testing/random-vectors';

const dimensions = 32;
const query = randomUnitVectors(1, dimensions, 99)[0];

/** Photos photo0, photo1 … with random embeddings. */
function photos(count: number, seed: number, first = 0) {
  const embeddings = randomUnitVectors(count, dimensions, seed);
  return Object.fromEntries(embeddings.map((embedding, i) => [`photo${first + i}`, { embedding }]));
}

function ids(index: EmbeddingIndex, limit = 1000): string[] {
  return index.nearest(query, limit).map(({ photoId }) => photoId);
}

function exactOrder(all: ReturnType<typeof photos>): string[] {
  return Object.entries(all)
    .sort(([, a], [, b]) => cosine(b.embedding, query) - cosine(a.embedding, query))
    .map(([id]) => id);
}

it('holds what is stored, what is indexed later, and nothing that was removed', async () => {
  const library = new MemoryLibrary();
  library.add(photos(50, 1));
  const index = new EmbeddingIndex(library, modelKey, dimensions);
  await index.filled();
  library.add(photos(50, 2, 50));
  library.remove('photo0', 'photo99', 'photo42', 'unknown');
  const expected = { ...photos(50, 1), ...photos(50, 2, 50) };
  for (const id of ['photo0', 'photo99', 'photo42']) delete expected[id];
  expect(ids(index)).toEqual(exactOrder(expected));
  expect(index.size).toBe(97);
  expect(index.has('photo42')).toBe(false);
});

it('replaces the embedding of a photo that is indexed again', async () => {
  const library = new MemoryLibrary();
  library.add(photos(5, 1));
  const index = new EmbeddingIndex(library, modelKey, dimensions);
  await index.filled();
  library.add({ photo3: { embedding: query } });
  expect(index.size).toBe(5);
  expect(index.nearest(query, 1)).toEqual([{ photoId: 'photo3', cosine: expect.closeTo(1, 5) }]);
});

it('finds a photo that was removed and added again', async () => {
  const library = new MemoryLibrary();
  library.add(photos(5, 1));
  const index = new EmbeddingIndex(library, modelKey, dimensions);
  await index.filled();
  library.remove('photo3');
  library.add({ photo3: { embedding: query } });
  expect(ids(index, 1)).toEqual(['photo3']);
});

it('is right when the library changes during the fill', async () => {
  const library = new MemoryLibrary();
  library.add(photos(6, 1));
  const index = new EmbeddingIndex(library, modelKey, dimensions);
  library.beforeBlock = vi
    .fn(() => {})
    .mockImplementationOnce(() => {
      library.remove('photo1', 'photo4');
      library.add({ photo5: { embedding: query }, photo6: { embedding: query } });
      library.remove('photo6');
    });
  await index.filled();
  expect(ids(index).toSorted()).toEqual(['photo0', 'photo2', 'photo3', 'photo5']);
  expect(ids(index, 1)).toEqual(['photo5']);
});

it('takes thousands of photos between searches', async () => {
  const library = new MemoryLibrary();
  const index = new EmbeddingIndex(library, modelKey, dimensions);
  await index.filled();
  let all = {};
  for (let first = 0; first < 6000; first += 1500) {
    const more = photos(1500, first + 1, first);
    all = { ...all, ...more };
    library.add(more);
    expect(ids(index, 100)).toEqual(exactOrder(all).slice(0, 100));
  }
});

it('orders equal photos by their ids, whatever came first', async () => {
  const library = new MemoryLibrary();
  const index = new EmbeddingIndex(library, modelKey, dimensions);
  for (const id of ['c', 'a', 'b']) library.add({ [id]: { embedding: query } });
  expect(ids(index)).toEqual(['a', 'b', 'c']);
});

it('compares a query with some photos as it does with all', async () => {
  const library = new MemoryLibrary();
  library.add(photos(50, 1));
  const index = new EmbeddingIndex(library, modelKey, dimensions);
  await index.filled();
  const all = index.nearest(query, 50);
  const some = ['photo7', 'photo3', 'unknown', 'photo40'];
  const expected = all.filter(({ photoId }) => some.includes(photoId));
  expect(index.nearestAmong(query, some, 9)).toEqual(expected);
  expect(index.nearestAmong(query, some, 2)).toEqual(expected.slice(0, 2));
});

it('fills in what is missing after the store failed', async () => {
  const library = new MemoryLibrary();
  library.add(photos(5, 1));
  library.failure = new AppError('storage-unavailable', 'No database.');
  const index = new EmbeddingIndex(library, modelKey, dimensions);
  await expect(index.filled()).rejects.toMatchObject({ code: 'storage-unavailable' });
  library.failure = null;
  await index.filled();
  expect(index.size).toBe(5);
});

it('reports an embedding that it cannot take without disturbing the library', async () => {
  const library = new MemoryLibrary();
  const index = new EmbeddingIndex(library, modelKey, dimensions);
  await index.filled();
  library.add({ short: { embedding: new Float32Array(3) } });
  await expect(index.filled()).rejects.toMatchObject({ code: 'internal' });
  library.remove('short');
  await index.filled();
});

it('follows its own model only, until it is closed', async () => {
  const library = new MemoryLibrary();
  const other = new EmbeddingIndex(library, 'other@1', dimensions);
  const index = new EmbeddingIndex(library, modelKey, dimensions);
  library.add(photos(3, 1));
  expect([index.size, other.size]).toEqual([3, 0]);
  index.close();
  library.add(photos(3, 2, 3));
  expect(index.size).toBe(3);
  other.close();
  expect(library.listeners).toBe(0);
});

it('scans every photo with every query, some at a time', async () => {
  const library = new MemoryLibrary();
  const all = photos(25, 1);
  library.add(all);
  const index = new EmbeddingIndex(library, modelKey, dimensions);
  await index.filled();
  const other = randomUnitVectors(1, dimensions, 5)[0];
  const seen: string[] = [];
  for (const { ids: scanned, cosines } of index.scan([query, other], 10)) {
    seen.push(...scanned);
    for (const [row, id] of scanned.entries()) {
      const embedding = all[id]?.embedding ?? query;
      expect(cosines[0]?.[row]).toBeCloseTo(cosine(embedding, query), 3);
      expect(cosines[1]?.[row]).toBeCloseTo(cosine(embedding, other), 3);
    }
  }
  expect(seen.sort()).toEqual(Object.keys(all).sort());
});
