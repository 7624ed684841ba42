import { expect, it, vi } from 'vitest';
import { AppError } from '../../errors';
import type { Match } from '../../search/matching';
import { createSubjectStore } from '../subject/subject-store';
import { createMatchStore, parseSentences } from './match-store';

const photo = (id: string) => ({ kind: 'library', id }) as const;

function started() {
  const asked: string[] = [];
  const subjects = createSubjectStore();
  const failing = new Map<string, AppError>();
  const store = createMatchStore(
    {
      async match(source, sentence): Promise<Match> {
        const id = source.kind === 'library' ? source.id : source.file.name;
        asked.push(`${id}: ${sentence}`);
        const failure = failing.get(sentence);
        if (failure) throw failure;
        return {
          sentence,
          probability: 0.5,
          calibrated: 0.5,
          heads: null,
          embedding: new Float32Array(),
          words: [],
        };
      },
    },
    subjects,
    { pause: 0 },
  );
  const done = () => vi.waitUntil(() => asked.length > 0 && !store.getState().running);
  return { asked, subjects, store, failing, done };
}

it('a sentence a line, each once', () => {
  expect(parseSentences(' a dog \n\n雪地里的狗\r\na dog')).toEqual(['a dog', '雪地里的狗']);
});

it('matches every sentence, and only new ones again', async () => {
  const { asked, subjects, store, done } = started();
  subjects.getState().choose(photo('p'));
  store.getState().setText('a dog\na cat');
  await vi.waitUntil(() => store.getState().matches.size === 2);
  store.getState().setText('a cat\na bird');
  await vi.waitUntil(() => store.getState().matches.size === 3);
  await done();
  expect(asked).toEqual(['p: a dog', 'p: a cat', 'p: a bird']);
});

it('asks one more sentence once, above what is written', () => {
  const { store } = started();
  store.getState().setText('a cat');
  store.getState().ask('a dog');
  store.getState().ask('a cat');
  expect(store.getState().text).toBe('a dog\na cat');
});

it('forgets the matches of another photo', async () => {
  const { asked, subjects, store } = started();
  subjects.getState().choose(photo('p'));
  store.getState().setText('a dog');
  await vi.waitUntil(() => store.getState().matches.size === 1);
  subjects.getState().choose(photo('q'));
  expect(store.getState().matches.size).toBe(0);
  await vi.waitUntil(() => store.getState().matches.size === 1);
  expect(asked).toEqual(['p: a dog', 'q: a dog']);
});

it('asks another model anew', async () => {
  const { asked, subjects, store } = started();
  subjects.getState().choose(photo('p'));
  store.getState().setText('a dog');
  await vi.waitUntil(() => store.getState().matches.size === 1);
  store.getState().restart();
  expect(store.getState().matches.size).toBe(0);
  await vi.waitUntil(() => store.getState().matches.size === 1);
  expect(asked).toEqual(['p: a dog', 'p: a dog']);
});

it('says what failed, keeps what is known, and tries again', async () => {
  const { subjects, store, failing } = started();
  failing.set('a cat', new AppError('run-failed', 'The ranker failed.'));
  subjects.getState().choose(photo('p'));
  store.getState().setText('a dog\na cat');
  await vi.waitUntil(() => store.getState().error !== null);
  expect([...store.getState().matches.keys()]).toEqual(['a dog']);
  failing.clear();
  store.getState().retry();
  await vi.waitUntil(() => store.getState().matches.size === 2);
  expect(store.getState().error).toBeNull();
});

it('goes on behind a sentence of which the model can read nothing', async () => {
  const { asked, subjects, store, failing, done } = started();
  failing.set('🀄', new AppError('text-empty', 'Nothing.', { text: '🀄' }));
  subjects.getState().choose(photo('p'));
  store.getState().setText('🀄\na dog');
  await vi.waitUntil(() => store.getState().matches.has('a dog'));
  await done();
  expect(store.getState().error).toBeNull();
  expect(store.getState().failures.get('🀄')?.code).toBe('text-empty');
  store.getState().setText('🀄\na dog\na cat');
  await vi.waitUntil(() => store.getState().matches.has('a cat'));
  expect(asked, 'known to be of no use').toEqual(['p: 🀄', 'p: a dog', 'p: a cat']);
  subjects.getState().choose(photo('q'));
  expect(store.getState().failures.size).toBe(0);
});
