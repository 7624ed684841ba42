import { expect, it } from 'vitest';
import { CurrentIndex } from '../search/current-index';
import { MemoryLibrary } from '../search/testing/memory-library';
import { ScriptedEngine } from '../search/testing/scripted-engine';
import { unitMean } from './label-embeddings';
import { sentencesOf } from './templates';
import { noneFits, softmax } from './zero-shot';
import { ZeroShotLabels } from './zero-shot-labels';

const templates = { zh: ['{}', '{}的照片'], en: ['{}', 'a photo of {}'] };
const texts = {
  dog: Float32Array.of(1, 0, 0, 0),
  'a photo of dog': Float32Array.of(0.8, 0.6, 0, 0),
  猫: Float32Array.of(0, 0, 1, 0),
  猫的照片: Float32Array.of(0, 0, 1, 0),
};
const dogPhoto = unitMean([texts.dog, texts['a photo of dog']]);

function start() {
  const library = new MemoryLibrary();
  const engine = new ScriptedEngine(texts);
  const index = new CurrentIndex(engine, library);
  const photos = { embedding: async () => dogPhoto };
  return { library, engine, labels: new ZeroShotLabels(engine, index, photos) };
}

it('a label has the sentences of its language', () => {
  expect(sentencesOf('dog', templates)).toEqual(['dog', 'a photo of dog']);
  expect(sentencesOf('猫 cat', templates)).toEqual(['猫 cat', '猫 cat的照片']);
  expect(sentencesOf('$& dog', { zh: [], en: ['a {}, yes {}'] })).toEqual(['a $& dog, yes $& dog']);
});

it('a photo is scored by softmax over the unit-length means of the templates', async () => {
  const { labels } = start();
  const scores = await labels.ofPhoto({ kind: 'library', id: 'p' }, ['猫', 'dog'], templates);
  expect(scores.map(({ label }) => label)).toEqual(['dog', '猫']);
  expect(scores[0]?.cosine).toBeCloseTo(1, 5);
  // The logit scale of the test's package is 20.
  expect(scores[1]?.probability).toBeCloseTo(1 / (1 + Math.exp(20)), 12);
  expect(noneFits(scores, 0.9)).toBe(false);
  expect(noneFits(scores, 1.1)).toBe(true);
});

it('the library is labelled in one pass, and labels are encoded once', async () => {
  const { library, engine, labels } = start();
  library.add({
    dogs: { embedding: dogPhoto },
    cats: { embedding: texts.猫 },
    both: { embedding: unitMean([dogPhoto, texts.猫]) },
  });
  const found = await labels.ofLibrary(['dog', '猫'], templates);
  const ids = (label: string) => found.byLabel.get(label)?.map(({ photoId }) => photoId);
  expect(found.photos).toHaveLength(3);
  expect(ids('dog')).toEqual(['dogs', 'both']);
  expect(ids('猫')).toEqual(['cats', 'both']);
  expect(found.byLabel.get('dog')?.[1]?.probability).toBeCloseTo(0.5, 2);
  const encoded = engine.calls.length;
  expect(encoded).toBe(4);
  await labels.ofLibrary(['猫', 'dog'], templates);
  expect(engine.calls.length).toBe(encoded);
});

it('a label that is not wanted any more is not waited for', async () => {
  const { labels } = start();
  const controller = new AbortController();
  const answer = labels.ofLibrary(['dog'], templates, controller.signal);
  controller.abort();
  await expect(answer).rejects.toMatchObject({ code: 'cancelled' });
});

it('softmax sums to 1 whatever the scale', () => {
  const probabilities = softmax([0.9, 0.1, -0.5], 1000);
  expect(probabilities.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1);
  expect(probabilities[0]).toBeCloseTo(1);
});
