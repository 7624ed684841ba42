/** What the tests of the search store share: a search, a model and a library in their hands. */
import { vi } from 'vitest';
import type { EngineState } from '../../engine/engine';
import type { AppError } from '../../errors';
import type { IndexingState, LibraryEvent } from '../../library/library';
import type { SearchHit, SearchStage, SearchUpdate } from '../../search/search';
import { testManifest } from '../../search/testing/scripted-engine';
import { createSearchStore, type SearchServices } from './search-store';

const hit = (photoId: string, rank: number): SearchHit => ({
  photoId,
  rank,
  cosine: 0.2,
  likely: true,
});

export function update(query: string, stage: SearchStage, photoIds = ['a', 'b']): SearchUpdate {
  const hits = photoIds.map((id, index) => hit(id, index + 1));
  return { query, stage, hits, candidates: hits.length };
}

export const ready = {
  status: 'ready',
  backend: 'wasm',
  modelKey: 'm@1',
  manifest: testManifest(),
} as const;

export function indexingThat(status: 'running' | 'idle'): IndexingState {
  const unmeasured = { photosPerSecond: null, secondsLeft: null };
  return { status, modelKey: 'm@1', done: 2, total: 3, failed: 0, ...unmeasured };
}

/** A search whose updates the test hands out, and a library whose events it sends. */
export function stage(initialQuery = '', failure: AppError | null = null) {
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
    engineState = state;
    for (const listener of listeners) listener(state);
  };
  const services: SearchServices = {
    engine: {
      ready: () =>
        new Promise((resolve, reject) => {
          const settle = (state: EngineState) => {
            if (state.status === 'ready') resolve(state);
            if (state.status === 'failed') reject(state.error);
          };
          settle(engineState);
          listeners.push(settle);
        }),
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

/** Lets promises settle, and so much time pass. */
export const settle = (milliseconds = 0) => vi.advanceTimersByTimeAsync(milliseconds);
