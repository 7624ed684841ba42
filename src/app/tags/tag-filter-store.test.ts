import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { LibraryEvent } from '../../library/library';
import { noTags, type PhotoTags, tagByHand } from '../../library/tags';
import { countTags, createTagFilterStore } from './tag-filter-store';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function libraryWith(names: Readonly<Record<string, readonly string[]>>) {
  const listeners = new Set<(event: LibraryEvent) => void>();
  let tags: ReadonlyMap<string, PhotoTags> = new Map();
  const set = (next: typeof names) => {
    tags = new Map(
      Object.entries(next).map(([id, given]) => [id, given.reduce(tagByHand, noTags)]),
    );
    for (const listener of listeners) listener({ type: 'tags-changed', ids: Object.keys(next) });
  };
  set(names);
  const subscribe = (listener: (event: LibraryEvent) => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return { set, library: { tags: () => tags, subscribe } };
}

it('counts tags, the most frequent first', () => {
  const { library } = libraryWith({ a: ['cat', 'zoo'], b: ['zoo', 'ape'], c: [] });
  expect(countTags(library.tags())).toEqual([
    { tag: 'zoo', count: 2 },
    { tag: 'ape', count: 1 },
    { tag: 'cat', count: 1 },
  ]);
});

it('follows the tags, and ends with the last photo that has its tag', () => {
  const { library, set } = libraryWith({ a: ['cat'], b: ['dog'] });
  const store = createTagFilterStore(library);
  store.getState().choose('cat');
  expect([...(store.getState().photos ?? [])]).toEqual(['a']);
  set({ a: ['cat'], b: ['cat'] });
  expect([...(store.getState().photos ?? [])]).toEqual(['a', 'b']);
  set({ a: ['dog'], b: [] });
  vi.advanceTimersByTime(250);
  expect(store.getState()).toMatchObject({ tag: null, photos: null });
});

it('keeps its photos while none gets or loses the tag, and follows many changes in few steps', () => {
  const { library, set } = libraryWith({ a: ['cat'] });
  const store = createTagFilterStore(library);
  store.getState().choose('cat');
  const { photos } = store.getState();
  let changes = 0;
  store.subscribe(() => changes++);
  set({ a: ['cat', 'zoo'], b: ['zoo'] });
  expect(store.getState().photos).toBe(photos);
  const tagged: Record<string, readonly string[]> = { a: ['cat'] };
  for (let id = 0; id < 50; id++) {
    tagged[id] = ['cat'];
    set(tagged);
  }
  vi.advanceTimersByTime(250);
  expect(store.getState().photos?.size).toBe(51);
  expect(changes).toBe(1);
});
