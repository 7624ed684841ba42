import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { EngineState } from '../../engine/engine';
import { AppError } from '../../errors';
import type { IndexingState, LibraryEvent } from '../../library/library';
import type { Manifest } from '../../model/manifest';
import type { SearchHit, SearchStage, SearchUpdate } from '../../search/search';
import { createSearchStore, type SearchServices } from './search-store';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const hit = (photoId: string, rank: number): SearchHit => ({
  photoId,
  rank,
  cosine: 0.2,
  likely: true,
});

function update(query: string, stage: SearchStage, photoIds = ['a', 'b']): SearchUpdate {
  const hits = photoIds.map((id, index) => hit(id, index + 1));
  return { query, stage, hits, candidates: hits.length };
}

const manifest: Manifest = {
  format: 1,
  id: 'm',
  version: '1',
  name: 'A model',
  description: '',
  license: '',
  source: '',
  languages: ['zh', 'en'],
  image: { size: 8, resize: 'squash', interpolation: 'bicubic', mean: [0, 0, 0], std: [1, 1, 1] },
  text: { tokenizer: 'tokenizer.json', maxTokens: 8, prefix: '' },
  embedding: { dimensions: 8, logitScale: 1 },
  tokens: { image: { count: 1, width: 1 }, text: { width: 1 } },
  rerank: { candidates: 8, matchWeight: 1, cosineWeight: 1 },
  graphs: { imageEncoder: {}, textEncoder: {} },
};
const ready = { status: 'ready', backend: 'wasm', modelKey: 'm@1', manifest } as const;

function indexingThat(status: 'running' | 'idle'): IndexingState {
  const unmeasured = { photosPerSecond: null, secondsLeft: null };
  return { status, modelKey: 'm@1', done: 2, total: 3, failed: 0, ...unmeasured };
}

/** A search whose updates the test hands out, and a library whose events it sends. */
function stage(initialQuery = '', failure: AppError | null = null) {
  const runs: {
    query: string;
    signal: AbortSignal;
    give(next: SearchUpdate | Error | null): void;
  }[] = [];
  let send: (event: LibraryEvent) => void = () => {};
  let indexing = indexingThat('running');
  const listeners: ((state: EngineState) => void)[] = [];
  let engineState: EngineState = failure ? { status: 'failed', error: failure } : ready;
  const tell = (state: EngineState) => {
    failure = null;
    engineState = state;
    for (const listener of listeners) listener(state);
  };
  const services: SearchServices = {
    engine: {
      ready: async () => {
        if (failure) throw failure;
        return ready;
      },
      getState: () => engineState,
      subscribe: (listener) => {
        listeners.push(listener);
        return () => {};
      },
    },
    library: {
      indexing: () => indexing,
      subscribe: (listener) => {
        send = listener;
        return () => {};
      },
    },
    search: {
      async *run(query, signal) {
        const queue: (SearchUpdate | Error | null)[] = [];
        let wake = () => {};
        runs.push({
          query,
          signal,
          give(next) {
            queue.push(next);
            wake();
          },
        });
        for (;;) {
          while (queue.length === 0) {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
          const next = queue.shift();
          if (next instanceof Error) throw next;
          if (!next) return;
          yield next;
        }
      },
    },
  };
  const store = createSearchStore(services, { initialQuery, pause: 120, refreshInterval: 1000 });
  const run = (index: number) => {
    const found = runs[index];
    if (!found) throw new Error(`There were ${runs.length} runs only.`);
    return found;
  };
  return {
    store,
    runs,
    run,
    send: (event: LibraryEvent) => {
      if (event.type === 'indexing') indexing = event.state;
      send(event);
    },
    engine: tell,
    start: () => tell(ready),
  };
}

const indexed: LibraryEvent = { type: 'embeddings-added', modelKey: 'm@1', entries: [] };
const allIndexed: LibraryEvent = { type: 'indexing', state: indexingThat('idle') };
const settle = (milliseconds = 0) => vi.advanceTimersByTimeAsync(milliseconds);

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
