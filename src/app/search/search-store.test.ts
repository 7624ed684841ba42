import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AppError } from '../../errors';
import type { LibraryEvent } from '../../library/library';
import { indexingThat, settle, stage, update } from './testing';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const indexed: LibraryEvent = { type: 'embeddings-added', modelKey: 'm@1', entries: [] };
const allIndexed: LibraryEvent = { type: 'indexing', state: indexingThat('idle') };

it('searches once the typing pauses', async () => {
  const { store, runs } = stage();
  store.getState().setQuery('d');
  await settle(50);
  store.getState().setQuery('dog ');
  await settle(119);
  expect(runs).toHaveLength(0);
  await settle(1);
  expect(runs.map(({ query }) => query)).toEqual(['dog']);
});

it('begins with the query of the address', async () => {
  const { runs } = stage('dog');
  await settle();
  expect(runs.map(({ query }) => query)).toEqual(['dog']);
});

it('shows every stage, and keeps the old results until the new ones come', async () => {
  const { store, run } = stage('dog');
  await settle();
  run(0).give(update('dog', 'pre-rank'));
  await settle();
  expect(store.getState().update?.stage).toBe('pre-rank');
  run(0).give(update('dog', 'done'));
  run(0).give(null);
  await settle();
  store.getState().setQuery('cat');
  await settle(120);
  expect(store.getState().update?.query).toBe('dog');
  run(1).give(update('cat', 'pre-rank'));
  await settle();
  expect(store.getState().update?.query).toBe('cat');
});

it('aborts the older search and ignores what it still says', async () => {
  const { store, run } = stage('dog');
  await settle();
  store.getState().setQuery('cat');
  await settle(120);
  expect(run(0).signal.aborted).toBe(true);
  run(1).give(update('cat', 'done'));
  run(0).give(update('dog', 'done'));
  await settle();
  expect(store.getState().update?.query).toBe('cat');
});

it('forgets results with the query', async () => {
  const { store, run } = stage('dog');
  await settle();
  run(0).give(update('dog', 'done'));
  await settle();
  store.getState().setQuery('');
  expect(store.getState().update).toBeNull();
  expect(run(0).signal.aborted).toBe(true);
});

it('shows an error, and recovers on retry', async () => {
  const { store, run } = stage('dog');
  await settle();
  run(0).give(new AppError('run-failed', 'no'));
  await settle();
  expect(store.getState().error?.code).toBe('run-failed');
  store.getState().retry();
  await settle();
  run(1).give(update('dog', 'done'));
  await settle();
  expect(store.getState()).toMatchObject({ error: null, update: { stage: 'done' } });
});

it('counts answers to what was asked, not refreshed ones', async () => {
  const { store, run, send } = stage('dog');
  const { setAmong } = store.getState();
  await settle();
  run(0).give(update('dog', 'pre-rank'));
  run(0).give(update('dog', 'done'));
  run(0).give(null);
  await settle();
  expect(store.getState().answer).toBe(1);
  send(indexed);
  await settle(1000);
  run(1).give(update('dog', 'done', ['c', 'a', 'b']));
  run(1).give(null);
  await settle();
  expect(store.getState()).toMatchObject({ answer: 1, update: { candidates: 3 } });
  setAmong(new Set(['a']));
  await settle();
  expect(store.getState().answer, 'the one on show is to all photos').toBe(1);
  run(2).give(update('dog', 'done', ['a']));
  run(2).give(null);
  await settle();
  expect(store.getState()).toMatchObject({ answer: 2, update: { candidates: 1 } });
});

it('takes in photos whose captions changed', async () => {
  const { runs, run, send } = stage('dog');
  await settle();
  run(0).give(update('dog', 'done'));
  run(0).give(null);
  await settle();
  send({ type: 'captions-changed', ids: ['c'] });
  await settle(1000);
  expect(runs).toHaveLength(2);
});

it('takes newly indexed photos in, but shows them only in final order', async () => {
  const { store, runs, run, send } = stage('dog');
  await settle();
  run(0).give(update('dog', 'done'));
  run(0).give(null);
  await settle();
  send(indexed);
  send(indexed);
  await settle(1000);
  expect(runs).toHaveLength(2);
  run(1).give(update('dog', 'pre-rank', ['c', 'a', 'b']));
  await settle();
  expect(store.getState().update?.hits).toHaveLength(2);
  run(1).give(update('dog', 'done', ['c', 'a', 'b']));
  await settle();
  expect(store.getState().update?.hits).toHaveLength(3);
});

it('searches again after photos that were indexed while it ran', async () => {
  const { runs, run, send } = stage('dog');
  await settle();
  send(indexed);
  run(0).give(update('dog', 'done'));
  run(0).give(null);
  await settle(1000);
  expect(runs).toHaveLength(2);
});

it('takes the last photos in as soon as all are indexed', async () => {
  const { runs, run, send } = stage('dog');
  await settle();
  run(0).give(update('dog', 'done'));
  run(0).give(null);
  await settle();
  send(allIndexed);
  await settle();
  expect(runs, 'nothing is new').toHaveLength(1);
  send(indexed);
  send(allIndexed);
  await settle();
  expect(runs).toHaveLength(2);
  send(indexed);
  send(allIndexed);
  run(1).give(update('dog', 'done'));
  run(1).give(null);
  await settle();
  expect(runs, 'also after those that came while it ran').toHaveLength(3);
  run(2).give(null);
  await settle(2000);
  expect(runs).toHaveLength(3);
});

it('drops removed photos at once and closes the ranks', async () => {
  const { store, run, send } = stage('dog');
  await settle();
  run(0).give(update('dog', 'done', ['a', 'b', 'c']));
  await settle();
  send({ type: 'photos-removed', ids: ['b'] });
  expect(store.getState().update?.hits.map(({ photoId, rank }) => [photoId, rank])).toEqual([
    ['a', 1],
    ['c', 2],
  ]);
});
