import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Engine } from '../../engine/engine';
import { AppError } from '../../errors';
import type { Library, PhotoId } from '../../library/library';
import type { Search, SearchUpdate } from '../../search/search';
import { onModelChange } from '../models/on-model-change';

export interface SearchState {
  /** What the field holds. */
  readonly query: string;
  /** The results on show; of an earlier query while those of the new one are awaited. */
  readonly update: SearchUpdate | null;
  /** Which answer is on show, counted from 1; refreshed in the background it stays the same one. */
  readonly answer: number;
  readonly error: AppError | null;
  /** The only photos to be found; null: all of them. */
  readonly among: ReadonlySet<PhotoId> | null;
  setQuery(query: string): void;
  setAmong(among: ReadonlySet<PhotoId> | null): void;
  /** Runs the query again, after an error. */
  retry(): void;
}

export interface SearchServices {
  readonly engine: Pick<Engine, 'getState' | 'ready' | 'subscribe'>;
  readonly library: Pick<Library, 'indexing' | 'subscribe'>;
  readonly search: Pick<Search, 'run'>;
}

export interface SearchStoreOptions {
  readonly initialQuery: string;
  /** Milliseconds without a keystroke before a search begins. */
  readonly pause?: number;
  /** Milliseconds between refreshes while photos are being indexed. */
  readonly refreshInterval?: number;
}

/**
 * One search at a time: a newer query aborts the older one. While photos are indexed or captioned
 * the results are refreshed in the background, and take the place of the old ones only when they are
 * final.
 */
export function createSearchStore(
  { engine, library, search }: SearchServices,
  { initialQuery, pause = 120, refreshInterval = 2500 }: SearchStoreOptions,
): StoreApi<SearchState> {
  let running: AbortController | null = null;
  let typing: ReturnType<typeof setTimeout> | undefined;
  let refreshing: ReturnType<typeof setTimeout> | undefined;
  let stale = false;
  /** What came of a search whose model was lost or changed: shown if the next one never comes. */
  let withheld: Partial<SearchState> | null = null;

  const store = createStore<SearchState>((set, get) => ({
    query: initialQuery,
    update: null,
    answer: 0,
    error: null,
    among: null,
    setQuery(query) {
      if (query === get().query) return;
      const changed = query.trim() !== get().query.trim();
      set({ query });
      if (!changed) return;
      clearTimeout(typing);
      if (query.trim() === '') stop();
      else typing = setTimeout(() => void run('show'), pause);
    },
    setAmong(among) {
      set({ among });
      if (get().query.trim() !== '') void run('show');
    },
    retry: () => void run('show'),
  }));

  function stop(): void {
    running?.abort();
    running = null;
    clearTimeout(refreshing);
    refreshing = undefined;
    stale = false;
    withheld = null;
    store.setState({ update: null, error: null });
  }

  async function run(mode: 'show' | 'refresh'): Promise<void> {
    running?.abort();
    const controller = new AbortController();
    const { signal } = controller;
    running = controller;
    stale = false;
    const answer = store.getState().answer + (mode === 'show' ? 1 : 0);
    const isOnItsWay = () => engine.getState().status === 'loading';
    try {
      await engine.ready();
      if (signal.aborted) return;
      const { query, among } = store.getState();
      for await (const update of search.run(query.trim(), signal, among ?? undefined)) {
        if (signal.aborted) return;
        const next = { update, answer, error: null };
        // Lost amid the re-ranking, the model is on its way again: that was not the end.
        if (update.rerankError && isOnItsWay()) withheld = next;
        else if (mode === 'show' || update.stage === 'done') store.setState(next);
      }
    } catch (thrown) {
      const error = AppError.from(thrown);
      if (signal.aborted || error.code === 'cancelled') return;
      if (error.code === 'engine-stopped' && isOnItsWay()) withheld = { error };
      else store.setState({ error });
    } finally {
      if (running === controller) {
        running = null;
        if (stale && library.indexing().status === 'idle') refresh();
        else if (stale) refreshLater();
      }
    }
  }

  function refreshLater(): void {
    refreshing ??= setTimeout(refresh, refreshInterval);
  }

  function refresh(): void {
    clearTimeout(refreshing);
    refreshing = undefined;
    if (store.getState().query.trim() === '') return;
    if (running) stale = true;
    else void run(store.getState().update ? 'refresh' : 'show');
  }

  library.subscribe((event) => {
    if (store.getState().query.trim() === '') return;
    if (event.type === 'embeddings-added' || event.type === 'captions-changed') {
      if (running) stale = true;
      else refreshLater();
    }
    // The last photos are in: there is nothing more to wait for.
    const indexed = event.type === 'indexing' && event.state.status === 'idle';
    if (indexed && refreshing !== undefined) refresh();
    if (event.type === 'photos-removed') {
      const { update } = store.getState();
      if (!update) return;
      const gone = new Set(event.ids);
      const hits = update.hits
        .filter(({ photoId }) => !gone.has(photoId))
        .map((hit, index) => ({ ...hit, rank: index + 1 }));
      store.setState({ update: { ...update, hits } });
    }
  });

  const runAgain = () => {
    if (store.getState().query.trim() !== '') void run('show');
  };
  engine.subscribe(({ status }) => {
    if (status === 'loading') return;
    const { error, update } = store.getState();
    const failed = error ?? update?.rerankError ?? withheld;
    // A model that failed to start and then did, or that recovered after it failed amid a search.
    if (status === 'ready' && failed) runAgain();
    // It did not recover: what there is has to do.
    if (status === 'failed' && withheld) store.setState(withheld);
    withheld = null;
  });
  onModelChange(engine, runAgain);

  if (initialQuery.trim() !== '') void run('show');
  return store;
}
