import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Library, LibraryEvent, Photo } from '../../library/library';
import { noTags, type PhotoTags } from '../../library/tags';
import { createLibraryStore } from './library-store';

let photos: readonly Photo[] = [];
let tags: ReadonlyMap<string, PhotoTags> = new Map();
let tell: (event: LibraryEvent) => void = () => {};

const library = {
  photos: () => photos,
  tags: () => tags,
  captions: () => new Map(),
  failures: () => [],
  subscribe: (listener: typeof tell) => {
    tell = listener;
    return () => {};
  },
} as unknown as Library;

function photo(id: string): Photo {
  return {
    id,
    paths: [`${id}.jpg`],
    bytes: 1,
    type: 'image/jpeg',
    width: 1,
    height: 1,
    takenAt: 0,
    importedAt: 0,
    details: {},
  };
}

function remove(id: string): void {
  photos = photos.filter((other) => other.id !== id);
  tell({ type: 'photos-removed', ids: [id] });
}

beforeEach(() => {
  vi.useFakeTimers();
  photos = Array.from({ length: 100 }, (_, index) => photo(String(index)));
  tags = new Map();
});

afterEach(() => {
  vi.useRealTimers();
});

it('shows a removal at once, and many of them in few steps', () => {
  const store = createLibraryStore(library);
  let changes = 0;
  store.subscribe(() => changes++);
  remove('0');
  expect(store.getState().photos).toHaveLength(99);
  for (let id = 1; id < 50; id++) remove(String(id));
  vi.advanceTimersByTime(250);
  expect(store.getState().photos).toHaveLength(50);
  expect(changes).toBe(2);
});

it('shows a tag at once, and leaves the photos as they are', () => {
  const store = createLibraryStore(library);
  const before = store.getState().photos;
  tags = new Map([['0', noTags]]);
  tell({ type: 'tags-changed', ids: ['0'] });
  expect(store.getState().tags).toBe(tags);
  tags = new Map([...tags, ['1', noTags]]);
  tell({ type: 'tags-changed', ids: ['1'] });
  vi.advanceTimersByTime(250);
  expect(store.getState().tags).toBe(tags);
  expect(store.getState().photos).toBe(before);
});
