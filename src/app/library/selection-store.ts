import { createStore, type StoreApi } from 'zustand/vanilla';
import type { PhotoId } from '../../library/library';

export interface SelectionState {
  readonly active: boolean;
  readonly ids: ReadonlySet<PhotoId>;
  start(): void;
  stop(): void;
  /** Adds or takes away one photo; with `order`, everything from the last toggled one to it. */
  toggle(id: PhotoId, order?: readonly PhotoId[]): void;
  set(ids: Iterable<PhotoId>): void;
  /** Forgets photos that are gone; where none is left of a selection, it ends. */
  drop(ids: readonly PhotoId[]): void;
}

export function createSelectionStore(): StoreApi<SelectionState> {
  let anchor: PhotoId | null = null;
  return createStore<SelectionState>((set, get) => ({
    active: false,
    ids: new Set(),
    start: () => set({ active: true }),
    stop() {
      anchor = null;
      set({ active: false, ids: new Set() });
    },
    toggle(id, order) {
      const ids = new Set(get().ids);
      const from = order && anchor !== null ? order.indexOf(anchor) : -1;
      if (order && from >= 0) {
        const to = order.indexOf(id);
        for (const between of order.slice(Math.min(from, to), Math.max(from, to) + 1)) {
          ids.add(between);
        }
      } else if (!ids.delete(id)) {
        ids.add(id);
      }
      anchor = id;
      set({ ids });
    },
    set: (ids) => set({ ids: new Set(ids) }),
    drop(gone) {
      const before = get().ids;
      const ids = new Set(before);
      for (const id of gone) ids.delete(id);
      if (ids.size === before.size) return;
      if (ids.size === 0) get().stop();
      else set({ ids });
    },
  }));
}
