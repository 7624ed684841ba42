import { expect, it } from 'vitest';
import { AppError } from '../errors';
import type { PhotoSource } from '../search/photo-source';
import { testManifest } from '../search/testing/scripted-engine';
import { Captioning } from './captioning';
import type { CaptionUpdate } from './captions';
import { matchingOf, WritingEngine, withoutRanker } from './testing';

const photo: PhotoSource = { kind: 'library', id: 'p' };
const drafts = [
  { text: 'a cat', score: -0.5 },
  { text: 'a dog runs', score: -0.6 },
  { text: 'snow', score: -0.9 },
];
const matches = { 'a cat': 0.01, 'a dog runs': 0.9, snow: 0.6 };
const cosines = { 'a cat': 0.1, 'a dog runs': 0.2, snow: 0.12 };

function captioning(engine = new WritingEngine({ 7: drafts }), isIndexed = true) {
  const photos = {
    tokens: async () => Float32Array.of(7),
    embedding: async () => {
      if (isIndexed) return Float32Array.of(1);
      throw new AppError('photo-not-indexed', 'The photo is not in the index yet.');
    },
  };
  return { engine, captions: new Captioning(engine, photos, matchingOf(matches, cosines)) };
}

async function all(updates: AsyncGenerator<CaptionUpdate, void>): Promise<CaptionUpdate[]> {
  const seen: CaptionUpdate[] = [];
  for await (const update of updates) seen.push(update);
  return seen;
}

const never = new AbortController().signal;

it('writes word by word, then orders the sentences by score, match and cosine', async () => {
  const { captions } = captioning();
  const updates = await all(captions.run(photo, 'en', never));
  expect(updates.map(({ stage, text }) => [stage, text])).toEqual([
    ['writing', 'a'],
    ['writing', 'a cat'],
    ['re-rank', 'a cat'],
    ['done', 'a dog runs'],
  ]);
  expect(updates[2]?.candidates.map(({ text, match }) => [text, match])).toEqual([
    ['a cat', null],
    ['a dog runs', null],
    ['snow', null],
  ]);
  const [best, ...others] = updates[3]?.candidates ?? [];
  expect(best).toMatchObject({ score: -0.6, match: 0.9, calibratedMatch: 0.45 });
  expect(best?.words.map(({ word }) => word)).toEqual(['a', 'dog', 'runs']);
  expect(best?.cosine).toBeCloseTo(0.2, 6);
  expect(others.map(({ text }) => text).toSorted()).toEqual(['a cat', 'snow']);
});

it('needs no embedding of a photo that is not in the index yet', async () => {
  const { captions } = captioning(undefined, false);
  const updates = await all(captions.run(photo, 'en', never));
  const candidates = updates.at(-1)?.candidates ?? [];
  expect(candidates.map(({ text }) => text)[0]).toBe('a dog runs');
  expect(candidates.map(({ cosine }) => cosine)).toEqual([null, null, null]);
});

it('keeps the captioner’s order where there is no ranker', async () => {
  const { captions } = captioning(new WritingEngine({ 7: drafts }, withoutRanker));
  const updates = await all(captions.run(photo, 'en', never));
  expect(updates.map(({ stage }) => stage)).toEqual(['writing', 'writing', 'done']);
  const candidates = updates.at(-1)?.candidates ?? [];
  expect(candidates.map(({ text }) => text)).toEqual(['a cat', 'a dog runs', 'snow']);
  expect(candidates[0]).toMatchObject({ match: null, calibratedMatch: null, words: [] });
});

it('keeps the captioner’s order where the ranker is left out, as one that keeps failing', async () => {
  const { captions, engine } = captioning();
  engine.onWord = () => {
    const state = engine.getState();
    if (state.status !== 'ready') return;
    engine.setState({
      ...state,
      leftOut: { ranker: new AppError('session-failed', 'No memory.') },
    });
  };
  const updates = await all(captions.run(photo, 'en', never));
  expect(updates.map(({ stage }) => stage)).toEqual(['writing', 'writing', 'done']);
  expect(updates.at(-1)?.candidates[0]).toMatchObject({ text: 'a cat', match: null });
});

it('says when there is no captioner, or when it finds no words', async () => {
  const { captions } = captioning(new WritingEngine({}, testManifest()));
  await expect(all(captions.run(photo, 'en', never))).rejects.toMatchObject({
    code: 'graph-missing',
  });
  const silent = captioning(new WritingEngine({})).captions;
  await expect(all(silent.run(photo, 'zh', never))).rejects.toMatchObject({
    code: 'caption-empty',
  });
});

it('ends without a word once aborted', async () => {
  const { captions, engine } = captioning();
  const stop = new AbortController();
  const texts: string[] = [];
  for await (const { text } of captions.run(photo, 'en', stop.signal)) {
    texts.push(text);
    stop.abort();
  }
  expect(texts).toEqual(['a']);
  expect(await all(captions.run(photo, 'en', stop.signal))).toEqual([]);
  expect(engine.calls.filter(({ kind }) => kind === 'caption')).toHaveLength(1);
});

it('writes something else when asked to, and draws again while nothing is new', async () => {
  const { captions, engine } = captioning();
  const [cat = { text: '', score: 0 }, dog = cat] = drafts;
  engine.drawn.push([cat, dog], [dog, { text: 'a new cat', score: -1 }]);
  const otherThan = ['a cat', 'a dog runs'];
  const updates = await all(captions.run(photo, 'en', never, { otherThan }));
  expect(updates.at(-1)?.candidates.map(({ text }) => text)).toEqual(['a new cat']);
  const seeds = engine.calls.flatMap(({ kind, options }) =>
    kind === 'caption' ? [options.seed] : [],
  );
  expect(seeds).toHaveLength(2);
  expect(new Set(seeds).size).toBe(2);
});

it('says again what is known where there is nothing else to say', async () => {
  const { captions } = captioning();
  const otherThan = drafts.map(({ text }) => text);
  const updates = await all(captions.run(photo, 'en', never, { otherThan }));
  const said = updates.at(-1)?.candidates.map(({ text }) => text);
  expect(said?.toSorted()).toEqual(otherThan.toSorted());
});

it('can be prepared, whatever comes of it', async () => {
  const { captions, engine } = captioning(new WritingEngine({}, testManifest()));
  captions.prepare();
  expect(engine.calls).toMatchObject([{ kind: 'prepare', options: { priority: 'background' } }]);
});

it('passes on what breaks', async () => {
  const { captions, engine } = captioning();
  engine.trouble.push(new AppError('device-lost', 'The GPU is gone.'));
  await expect(all(captions.run(photo, 'en', never))).rejects.toMatchObject({
    code: 'device-lost',
  });
});
