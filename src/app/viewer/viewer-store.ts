import { createStore, type StoreApi } from 'zustand/vanilla';
import type { PhotoId } from '../../library/library';

export interface ViewerState {
  /** The photo on show; null while the viewer is closed. */
  readonly photoId: PhotoId | null;
  /** The photos that previous and next lead through. */
  readonly order: readonly PhotoId[];
  /** The last photo that was on show: where the focus returns to. */
  readonly lastShown: PhotoId | null;
  readonly showDetails: boolean;
  /** Whether the photo shows which part of it each word of the query matches. */
  readonly asksWhy: boolean;
  open(photoId: PhotoId, order: readonly PhotoId[]): void;
  step(by: 1 | -1): void;
  /** Takes photos out of the order; goes on to the neighbour, or closes after the last one. */
  drop(ids: readonly PhotoId[]): void;
  toggleDetails(): void;
  toggleWhy(): void;
  close(): void;
}

export function createViewerStore(): StoreApi<ViewerState> {
  return createStore<ViewerState>((set, get) => ({
    photoId: null,
    order: [],
    lastShown: null,
    showDetails: false,
    asksWhy: false,
    open: (photoId, order) => set({ photoId, order, lastShown: photoId }),
    step(by) {
      const { photoId, order } = get();
      if (photoId === null) return;
      const next = order[order.indexOf(photoId) + by];
      if (next !== undefined) set({ photoId: next, lastShown: next });
    },
    drop(ids) {
      const { photoId, order } = get();
      const gone = new Set(ids);
      const rest = order.filter((id) => !gone.has(id));
      if (photoId === null || !gone.has(photoId)) {
        set({ order: rest });
        return;
      }
      const at = order.indexOf(photoId);
      const next =
        order.slice(at).find((id) => !gone.has(id)) ??
        order.slice(0, at).findLast((id) => !gone.has(id));
      set({ order: rest, photoId: next ?? null, lastShown: next ?? null });
    },
    toggleDetails: () => set(({ showDetails }) => ({ showDetails: !showDetails })),
    toggleWhy: () => set(({ asksWhy }) => ({ asksWhy: !asksWhy })),
    close: () => set({ photoId: null }),
  }));
}
