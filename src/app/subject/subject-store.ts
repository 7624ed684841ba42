import { createStore, type StoreApi } from 'zustand/vanilla';
import type { ImportItem, PhotoId } from '../../library/library';
import type { PhotoSource } from '../../search/photo-source';

export interface SubjectState {
  /** The photo that the pages for one photo are about. */
  readonly subject: PhotoSource | null;
  choose(subject: PhotoSource | null): void;
  /** Takes the first file of what was dropped or pasted; it does not get into the library. */
  take(items: AsyncIterable<ImportItem>): Promise<void>;
  /** Lets go of photos that left the library. */
  drop(ids: readonly PhotoId[]): void;
}

export function createSubjectStore(): StoreApi<SubjectState> {
  return createStore<SubjectState>((set, get) => ({
    subject: null,
    choose: (subject) => set({ subject }),
    async take(items) {
      for await (const { source } of items) {
        const file = source instanceof File ? source : await source.getFile();
        set({ subject: { kind: 'file', file } });
        return;
      }
    },
    drop(ids) {
      const { subject } = get();
      if (subject?.kind === 'library' && ids.includes(subject.id)) set({ subject: null });
    },
  }));
}
