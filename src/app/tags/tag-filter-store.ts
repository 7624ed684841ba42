import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Library, PhotoId } from '../../library/library';
import { type PhotoTags, tagNames } from '../../library/tags';
import { Throttle } from '../../throttle';

export interface TagFilterState {
  /** Only photos with this tag are shown and found; null: all of them. */
  readonly tag: string | null;
  /** The photos with the tag; null without one. */
  readonly photos: ReadonlySet<PhotoId> | null;
  choose(tag: string | null): void;
}

/** Milliseconds between refreshes while photos are tagged by the thousand: each begins a new search. */
const refreshInterval = 250;

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

function haveSameMembers<Member>(one: ReadonlySet<Member>, other: ReadonlySet<Member>): boolean {
  return one.size === other.size && [...one].every((member) => other.has(member));
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
  const refresh = new Throttle(refreshInterval, () => {
    const { tag, photos: before, choose } = store.getState();
    if (tag === null) return;
    const photos = photosWith(tag);
    // A tag that no photo has any more would hide everything.
    if (photos.size === 0) choose(null);
    else if (!before || !haveSameMembers(photos, before)) store.setState({ photos });
  });
  library.subscribe(({ type }) => {
    if (type === 'tags-changed' || type === 'photos-removed') refresh.ask();
  });
  return store;
}
