import { createStore, type StoreApi } from 'zustand/vanilla';

export const pages = ['photos', 'captions', 'labels', 'match'] as const;
export type Page = (typeof pages)[number];

export interface PageState {
  readonly page: Page;
  go(page: Page): void;
}

export function pageOf({ hash }: Pick<URL, 'hash'>): Page {
  return pages.find((page) => hash === `#${page}`) ?? 'photos';
}

/**
 * Which page is on show. It stands in the fragment of the address, so that back and reload lead to it.
 *
 * @param photosAddress the address of the page of photos, whose fragment holds the query
 */
export function createPageStore(photosAddress: () => URL): StoreApi<PageState> {
  const store = createStore<PageState>((set, get) => ({
    page: pageOf(new URL(location.href)),
    go(page) {
      if (page === get().page) return;
      const address = page === 'photos' ? photosAddress() : new URL(`#${page}`, location.href);
      history.pushState(null, '', address);
      set({ page });
      window.scrollTo({ top: 0 });
    },
  }));
  window.addEventListener('popstate', () =>
    store.setState({ page: pageOf(new URL(location.href)) }),
  );
  return store;
}
