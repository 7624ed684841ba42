import { expect, it } from 'vitest';
import { MemoryLibrary } from './testing/memory-library';
import { dog, near, photosWith, ranks, start, texts } from './testing/queries';
import { ScriptedEngine, testManifest } from './testing/scripted-engine';

function libraryWithCaptions() {
  const photos = new MemoryLibrary();
  photos.add({
    ...photosWith([0.9, 0.8, 0.7, 0.6]),
    far: { embedding: near(-0.5), match: 0.95 },
    named: { embedding: near(-0.9), match: 0 },
  });
  photos.caption({
    far: {
      en: { text: 'A cat.', source: { kind: 'model', modelKey: 'test@1', match: null } },
    },
    named: { zh: { text: '雪地里的狗', source: { kind: 'hand' } } },
  });
  return photos;
}

const manifest = testManifest({ rerank: { candidates: 2, matchWeight: 1, cosineWeight: 0.01 } });

it('captions bring photos that hold the query to the ranker, from wherever they are', async () => {
  const engine = new ScriptedEngine({ ...texts, cat: dog }, manifest);
  const query = start(libraryWithCaptions(), engine);
  const last = (await query('cat')).at(-1);
  expect(last?.hits.map(({ photoId, caption }) => [photoId, caption])).toEqual([
    ['far', 'model'],
    ['p00', undefined],
    ['p01', undefined],
    ['p02', undefined],
    ['p03', undefined],
    ['named', undefined],
  ]);
  expect(last?.hits[0]?.match).toBeCloseTo(0.95);
  expect(ranks(engine)).toEqual([2, 1]);
});

it('captions of a person put a photo first at once, whatever the model thinks', async () => {
  const query = start(libraryWithCaptions(), new ScriptedEngine(texts, manifest));
  const updates = await query('雪地里的狗');
  for (const { hits } of updates) {
    expect(hits[0]).toMatchObject({ photoId: 'named', caption: 'hand', likely: true });
  }
  expect(updates.at(-1)?.hits.map(({ photoId }) => photoId)).toHaveLength(6);
});

it('captions count only among the photos that are asked for', async () => {
  const query = start(libraryWithCaptions(), new ScriptedEngine(texts, manifest));
  const updates = await query('雪地里的狗', { among: new Set(['p01', 'far']) });
  expect(updates.at(-1)?.hits.map(({ photoId }) => photoId)).toEqual(['far', 'p01']);
});

it('captions are found without a ranker too', async () => {
  const { ranker: _, ...graphs } = testManifest().graphs;
  const query = start(libraryWithCaptions(), new ScriptedEngine(texts, testManifest({ graphs })));
  const [only] = await query('雪地里的狗');
  expect(only?.hits[0]).toMatchObject({ photoId: 'named', caption: 'hand' });
  expect(only?.hits.map(({ photoId }) => photoId).slice(1, 3)).toEqual(['p00', 'p01']);
});
