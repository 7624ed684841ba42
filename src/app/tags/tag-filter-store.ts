import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Library, PhotoId } from '../../library/library';
import { type PhotoTags, tagNames } from '../../library/tags';

export interface TagFilterState {
  /** Only photos with this tag are shown and found; null: all of them. */
  readonly tag: string | null;
  /** The photos with the tag; null without one. */
  readonly photos: ReadonlySet<PhotoId> | null;
  choose(tag: string | null): void;
}

/** How many photos each tag has, the most frequent first. */
export function countTags(
  tags: ReadonlyMap<PhotoId, PhotoTags>,
): readonly { readonly tag: string; readonly count: number }[] {
  const counts = new Map<string, number>();
  for (const ofPhoto of tags.values()) {
    for (const name of tagNames(ofPhoto)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts]
    .map(([tag, count]) => ({ tag, count }))
    .sort((a, b) => b.count - a.count || a.tag.localeCompare(b.tag));
}

export function createTagFilterStore(
  library: Pick<Library, 'tags' | 'subscribe'>,
): StoreApi<TagFilterState> {
  const photosWith = (tag: string) =>
    new Set(
      [...library.tags()].flatMap(([id, tags]) => (tagNames(tags).includes(tag) ? [id] : [])),
    );
  const store = createStore<TagFilterState>((set) => ({
    tag: null,
    photos: null,
    choose: (tag) => set({ tag, photos: tag === null ? null : photosWith(tag) }),
  }));
  library.subscribe(({ type }) => {
    const { tag, choose } = store.getState();
    if (tag === null || (type !== 'tags-changed' && type !== 'photos-removed')) return;
    // A tag that no photo has any more would hide everything.
    choose(photosWith(tag).size > 0 ? tag : null);
  });
  return store;
}
