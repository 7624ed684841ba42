import { createStore, type StoreApi } from 'zustand/vanilla';
import type { PhotoCaptions } from '../../library/captions';
import type { ImportFailure, Library, LibraryEvent, Photo, PhotoId } from '../../library/library';
import type { PhotoTags } from '../../library/tags';
import { Throttle } from '../../throttle';

export interface LibraryState {
  /** Newest first. */
  readonly photos: readonly Photo[];
  readonly tags: ReadonlyMap<PhotoId, PhotoTags>;
  readonly captions: ReadonlyMap<PhotoId, PhotoCaptions>;
  readonly failures: readonly ImportFailure[];
  /** Files that were the same as a photo already there. */
  readonly duplicates: number;
}

/** Milliseconds between refreshes while photos stream in, go, or are tagged by the thousand. */
const refreshInterval = 250;

const changesPhotos: ReadonlySet<LibraryEvent['type']> = new Set([
  'photos-added',
  'photos-changed',
  'photos-removed',
]);

/** The library's photos for the screen; ten thousand additions are some dozen refreshes. */
export function createLibraryStore(library: Library): StoreApi<LibraryState> {
  const read = (): LibraryState => {
    const photos = [...library.photos()];
    const duplicates = photos.reduce((sum, { paths }) => sum + paths.length - 1, 0);
    return {
      photos,
      tags: library.tags(),
      captions: library.captions(),
      failures: library.failures(),
      duplicates,
    };
  };
  const store = createStore<LibraryState>(read);
  const refresh = new Throttle(refreshInterval, () => store.setState(read()));
  const refreshTags = new Throttle(refreshInterval, () => store.setState({ tags: library.tags() }));
  library.subscribe((event) => {
    if (event.type === 'failures') store.setState({ failures: event.failures });
    if (event.type === 'tags-changed') refreshTags.ask();
    if (event.type === 'captions-changed') store.setState({ captions: library.captions() });
    if (changesPhotos.has(event.type)) refresh.ask();
  });
  return store;
}
