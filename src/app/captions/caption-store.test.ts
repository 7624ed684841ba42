import { expect, it } from 'vitest';
import type { CaptionUpdate } from '../../captions/captions';
import { AppError } from '../../errors';
import { candidate, final, photo, ready, started, writing } from './testing';

it('shows the words as they come, then the candidates, the best first', async () => {
  const { store, subjects, run } = started();
  subjects.getState().choose(photo('p'));
  void store.getState().write('en');
  const first = await run(0);
  const texts = () => store.getState().writings.en?.sentences.map(({ text }) => text);
  await first.give(writing('A'));
  expect(texts()).toEqual(['A']);
  await first.give(writing('A dog'));
  expect(texts()).toEqual(['A dog']);
  expect(store.getState().writings.en?.status).toBe('running');
  await first.give(final);
  await first.give(null);
  expect(texts()).toEqual(['A dog.', 'A cat.']);
  expect(store.getState().writings.en).toMatchObject({ status: 'done', modelKey: 'm@1' });
});

it('keeps the words so far when it is stopped', async () => {
  const { store, subjects, run } = started();
  subjects.getState().choose(photo('p'));
  void store.getState().write('en');
  const first = await run(0);
  await first.give(writing('A dog'));
  store.getState().stop();
  await first.give(writing('A dog in'));
  expect(first.signal.aborted).toBe(true);
  expect(store.getState().writings.en).toMatchObject({
    status: 'stopped',
    sentences: [{ text: 'A dog' }],
  });
});

it('keeps what is finished in one language while it writes in the other', async () => {
  const { store, subjects, run } = started();
  subjects.getState().choose(photo('p'));
  void store.getState().write('en');
  await (await run(0)).give(final);
  await (await run(0)).give(null);
  void store.getState().write('zh');
  await (await run(1)).give(writing('一只', 'zh'));
  expect(store.getState().writings.en?.status).toBe('done');
  // Unfinished words would never be finished: they are written anew.
  void store.getState().write('en');
  expect(store.getState().writings).toMatchObject({ en: { status: 'running', sentences: [] } });
  expect(store.getState().writings.zh).toBeUndefined();
});

it('writes something else when it writes again, and loses nothing of the person’s', async () => {
  const { store, subjects, runs, run } = started();
  subjects.getState().choose(photo('p'));
  const writeOnce = async (place: number, update: CaptionUpdate) => {
    const written = store.getState().write('en');
    await (await run(place)).give(update);
    await (await run(place)).give(null);
    await written;
  };
  const texts = () => store.getState().writings.en?.sentences.map(({ text }) => text);
  await writeOnce(0, final);
  await store.getState().edit('en', 'My dog.');
  store.getState().choose('en', 1);
  await writeOnce(1, { ...final, candidates: [candidate('A brown dog.', 0.6)] });
  expect(texts(), 'what the person wrote and chose stays').toEqual([
    'A brown dog.',
    'My dog.',
    'A dog.',
  ]);
  expect(store.getState().writings.en?.chosen).toBe(0);
  void store.getState().write('en');
  await run(2);
  expect(runs.map(({ options }) => options?.otherThan)).toEqual([
    undefined,
    ['A dog.', 'A cat.'],
    ['A dog.', 'A cat.', 'A brown dog.'],
  ]);
  store.getState().stop();
  expect(texts(), 'no word has come').toEqual(['A brown dog.', 'My dog.', 'A dog.']);
  void store.getState().write('en');
  await run(3);
  void store.getState().write('zh');
  expect(store.getState().writings.en?.status, 'nor in the other language').toBe('done');
  expect(texts()).toEqual(['A brown dog.', 'My dog.', 'A dog.']);
  await run(4);
  void store.getState().write('en');
  await (await run(5)).give(writing('A black'));
  store.getState().stop();
  void store.getState().write('en');
  await (await run(6)).give(writing('An old'));
  expect(texts(), 'half a sentence is not worth keeping').toEqual([
    'An old',
    'A brown dog.',
    'My dog.',
    'A dog.',
  ]);
});

it('another model takes nothing of the person’s away', async () => {
  const { store, subjects, run, tell } = started();
  subjects.getState().choose(photo('p'));
  void store.getState().write('en');
  await (await run(0)).give(final);
  await (await run(0)).give(null);
  await store.getState().edit('en', 'My dog.');
  tell(ready('m@1'));
  tell(ready('m@2'));
  expect(store.getState().writings.en).toMatchObject({
    status: 'done',
    sentences: [{ text: 'My dog.', byHand: true }],
  });
  expect(store.getState().writings.en?.sentences).toHaveLength(1);
  void store.getState().write('en');
  tell(ready('m@3'));
  expect(store.getState().writings.en, 'before a word of the next has come').toMatchObject({
    status: 'done',
    sentences: [{ text: 'My dog.', byHand: true }],
  });
});

it('gives a sentence back to the model that wrote it when writing again is stopped at once', async () => {
  const { store, subjects, run } = started();
  subjects.getState().choose(photo('a'));
  const first = store.getState().write('en');
  await (await run(0)).give(final);
  await (await run(0)).give(null);
  await first;
  // Before the engine has said which model is there now.
  void store.getState().write('en');
  store.getState().stop();
  expect(store.getState().writings.en).toMatchObject({
    status: 'stopped',
    modelKey: 'm@1',
    sentences: [{ text: 'A dog.', byHand: false }],
  });
});

it('what a person saves ends what is being written, and stays', async () => {
  const { store, subjects, run } = started();
  subjects.getState().choose(photo('a'));
  const written = store.getState().write('en');
  const { give, signal } = await run(0);
  await give(writing('A'));
  await store.getState().edit('en', 'My dog.');
  expect(signal.aborted).toBe(true);
  await give(final);
  await written;
  const { sentences } = store.getState().writings.en ?? {};
  expect(sentences).toMatchObject([{ text: 'My dog.', byHand: true, match: 0.8 }]);
});

it('what a person saves about a photo of the library is kept with it, and nothing else', async () => {
  const { store, subjects, run, kept } = started();
  subjects.getState().choose(photo('p'));
  void store.getState().write('en');
  await (await run(0)).give(final);
  await (await run(0)).give(null);
  expect(kept.size, 'what the model writes is kept once somebody asks').toBe(0);
  await store.getState().edit('en', 'My dog.');
  expect(kept.get('p')).toEqual({ en: { text: 'My dog.', source: { kind: 'hand' } } });
  await store.getState().edit('en', 'A cat.');
  const source = { kind: 'model', modelKey: 'm@1', match: 0.1 };
  expect(kept.get('p'), 'whose words they are').toEqual({ en: { text: 'A cat.', source } });
  const byHand = { text: 'A dog.', source: { kind: 'hand' } } as const;
  kept.set('p', { en: byHand });
  store.getState().choose('en', 1);
  await store.getState().keep('en');
  expect(kept.get('p'), 'the same words stay whose they are').toEqual({ en: byHand });

  subjects.getState().choose({ kind: 'file', file: new File([], 'elsewhere.jpg') });
  void store.getState().write('en');
  await (await run(1)).give(final);
  await store.getState().edit('en', 'Another dog.');
  expect([...kept.keys()]).toEqual(['p']);
});

it('takes a person’s words as they are where the ranker is left out', async () => {
  const { store, subjects, matched, tell } = started();
  subjects.getState().choose(photo('a'));
  void store.getState().write('en');
  tell({ ...ready('m@1'), leftOut: { ranker: new AppError('session-failed', 'No memory.') } });
  await store.getState().edit('en', 'My dog.');
  expect(matched).toEqual([]);
  expect(store.getState().writings.en?.sentences).toMatchObject([{ text: 'My dog.', match: null }]);
});

it('begins anew with another photo and another model', async () => {
  const { store, subjects, run, tell } = started();
  subjects.getState().choose(photo('p'));
  void store.getState().write('en');
  const first = await run(0);
  await first.give(final);
  subjects.getState().choose(photo('q'));
  expect(first.signal.aborted).toBe(true);
  expect(store.getState().writings).toEqual({});
  void store.getState().write('en');
  expect((await run(1)).about).toBe('q');
  tell(ready('m@1'));
  expect(store.getState().writings.en).toBeDefined();
  tell(ready('m@2'));
  expect(store.getState().writings).toEqual({});
});

it('says what failed, and keeps the words so far', async () => {
  const { store, subjects, run } = started();
  subjects.getState().choose(photo('p'));
  void store.getState().write('en');
  const first = await run(0);
  await first.give(writing('A dog'));
  await first.give(new AppError('run-failed', 'The captioner failed.'));
  expect(store.getState().writings.en).toMatchObject({
    status: 'failed',
    error: { code: 'run-failed' },
    sentences: [{ text: 'A dog' }],
  });
});

it('takes a person’s own words first, and matches them with the photo', async () => {
  const { store, subjects, run, matched } = started();
  subjects.getState().choose(photo('p'));
  void store.getState().write('en');
  await (await run(0)).give(final);
  await (await run(0)).give(null);
  await store.getState().edit('en', 'My dog.');
  expect(store.getState().writings.en).toMatchObject({
    chosen: 0,
    sentences: [
      { text: 'My dog.', byHand: true, match: 0.8 },
      { text: 'A dog.', byHand: false },
      { text: 'A cat.', byHand: false },
    ],
  });
  await store.getState().edit('en', 'A cat.');
  expect(store.getState().writings.en?.sentences).toMatchObject([
    { text: 'A cat.', byHand: false, match: 0.1 },
    { text: 'A dog.' },
  ]);
  expect(matched, 'what a model wrote is matched already').toEqual(['My dog.']);
});

it.each([
  ['graph-missing', false],
  ['run-failed', true],
] as const)('keeps a person’s words when the matching ends with %s', async (code, rejects) => {
  const { store, subjects, run, fail } = started();
  subjects.getState().choose(photo('p'));
  void store.getState().write('en');
  await (await run(0)).give(final);
  fail(new AppError(code, 'No match.'));
  const edited = store.getState().edit('en', 'My dog.');
  if (rejects) await expect(edited).rejects.toMatchObject({ code });
  else await edited;
  expect(store.getState().writings.en?.sentences[0]).toMatchObject({
    text: 'My dog.',
    match: null,
  });
});
