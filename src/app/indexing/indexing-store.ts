import { createStore, type StoreApi } from 'zustand/vanilla';
import type { IndexingState, Library } from '../../library/library';

/** The progress of indexing for the screen. */
export function createIndexingStore(library: Library): StoreApi<IndexingState> {
  const store = createStore<IndexingState>(() => library.indexing());
  library.subscribe((event) => {
    if (event.type === 'indexing') store.setState(event.state, true);
  });
  return store;
}
