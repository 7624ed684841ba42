import { createStore, type StoreApi } from 'zustand/vanilla';
import type { PhotoCaptions } from '../../library/captions';
import type { ImportFailure, Library, Photo, PhotoId } from '../../library/library';
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

/** Milliseconds between refreshes while photos stream in. */
const refreshInterval = 250;

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
  library.subscribe((event) => {
    if (event.type === 'failures') store.setState({ failures: event.failures });
    if (event.type === 'tags-changed') store.setState({ tags: library.tags() });
    if (event.type === 'captions-changed') store.setState({ captions: library.captions() });
    if (event.type === 'photos-added' || event.type === 'photos-changed') refresh.ask();
    if (event.type === 'photos-removed') refresh.now();
  });
  return store;
}
