import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AppError } from '../../errors';
import { ready, settle, stage, update } from './testing';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('searches as soon as a model that had failed starts after all', async () => {
  const { store, runs, start } = stage('dog', new AppError('download-failed', 'no'));
  await settle();
  expect(store.getState().error?.code).toBe('download-failed');
  start();
  await settle();
  expect(runs.map(({ query }) => query)).toEqual(['dog']);
});

it('searches again once a model that failed amid the re-ranking has recovered', async () => {
  const { runs, run, start } = stage('dog');
  await settle();
  const rerankError = new AppError('device-lost', 'lost');
  run(0).give({ ...update('dog', 'done'), rerankError });
  run(0).give(null);
  await settle();
  start();
  await settle();
  expect(runs.map(({ query }) => query)).toEqual(['dog', 'dog']);
});

it('takes no answer for final that lacks the matches of a model on its way back', async () => {
  const { store, runs, run, engine, start } = stage('dog');
  await settle();
  run(0).give(update('dog', 're-rank'));
  await settle();
  engine({ status: 'loading', progress: null });
  run(0).give({ ...update('dog', 'done'), rerankError: new AppError('device-lost', 'lost') });
  run(0).give(null);
  await settle();
  expect(store.getState().update).toEqual(update('dog', 're-rank'));
  start();
  await settle();
  expect(runs).toHaveLength(2);
  run(1).give(update('dog', 'done'));
  await settle();
  expect(store.getState().update).toEqual(update('dog', 'done'));
});

it('searches again with another model, without an error in between', async () => {
  const { store, runs, run, engine } = stage('dog');
  await settle();
  run(0).give(update('dog', 'pre-rank'));
  engine({ status: 'loading', progress: null });
  run(0).give(new AppError('engine-stopped', 'stopped'));
  await settle();
  expect(store.getState()).toMatchObject({ error: null, update: { query: 'dog' } });
  engine({ ...ready, modelKey: 'm@2' });
  await settle();
  expect(runs.map(({ query }) => query)).toEqual(['dog', 'dog']);
  engine({ ...ready, modelKey: 'm@2' });
  await settle();
  expect(runs).toHaveLength(2);
});

it('searches with the next model when the first one was changed before it was ready', async () => {
  const { runs, engine, start } = stage('dog', new AppError('engine-stopped', 'stopped'));
  engine({ status: 'loading', progress: null });
  await settle();
  expect(runs).toHaveLength(0);
  start();
  await settle();
  expect(runs.map(({ query }) => query)).toEqual(['dog']);
});

it('shows what it had when the model does not come back', async () => {
  const { store, runs, run, engine, start } = stage('dog');
  await settle();
  run(0).give(update('dog', 're-rank'));
  await settle();
  engine({ status: 'loading', progress: null });
  const rerankError = new AppError('device-lost', 'lost');
  run(0).give({ ...update('dog', 'done'), rerankError });
  run(0).give(null);
  await settle();
  engine({ status: 'failed', error: new AppError('session-failed', 'No memory.') });
  expect(store.getState().update).toEqual({ ...update('dog', 'done'), rerankError });
  start();
  await settle();
  expect(runs, 'and searches again once it is there after all').toHaveLength(2);
});

it('shows what it had also when more was asked while the model was on its way', async () => {
  const { store, runs, run, engine } = stage('dog');
  await settle();
  run(0).give(update('dog', 're-rank'));
  await settle();
  engine({ status: 'loading', progress: null });
  run(0).give({ ...update('dog', 'done'), rerankError: new AppError('device-lost', 'lost') });
  run(0).give(null);
  await settle();
  store.getState().setAmong(new Set(['a']));
  await settle();
  engine({ status: 'failed', error: new AppError('session-failed', 'No memory.') });
  await settle();
  expect(runs).toHaveLength(1);
  expect(store.getState()).toMatchObject({
    update: { stage: 'done', rerankError: { code: 'device-lost' } },
    error: { code: 'session-failed' },
  });
});

it('shows nothing of a query that was cleared while the model was on its way', async () => {
  const { store, run, engine } = stage('dog');
  await settle();
  engine({ status: 'loading', progress: null });
  run(0).give({ ...update('dog', 'done'), rerankError: new AppError('device-lost', 'lost') });
  run(0).give(null);
  await settle();
  store.getState().setQuery('');
  engine({ status: 'failed', error: new AppError('session-failed', 'No memory.') });
  expect(store.getState()).toMatchObject({ update: null, error: null });
});
