import type { PhotoId } from '../../library/library';
import { revokeLater } from '../ui/object-urls';

/** Addresses kept although no tile shows them, for scrolling back. */
const keptUnused = 400;

interface Entry {
  users: number;
  readonly url: Promise<string>;
  /** The address, once it is there. */
  ready?: string;
}

/** Object URLs of thumbnails: made when a tile needs one, revoked once long unused. */
export class Thumbnails {
  readonly #load: (id: PhotoId) => Promise<Blob>;
  readonly #entries = new Map<PhotoId, Entry>();

  constructor(load: (id: PhotoId) => Promise<Blob>) {
    this.#load = load;
  }

  /** The address of a thumbnail; each call is paired with a {@link release}. */
  acquire(id: PhotoId): Promise<string> {
    const known = this.#entries.get(id);
    const entry = known ?? this.#make(id);
    entry.users += 1;
    // Re-inserted, so that the map stays in order of last use.
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    if (!known) entry.url.catch(() => this.#forget(id, entry));
    return entry.url;
  }

  /** The address where there is one already: a tile that has it shows the photo from its first frame. */
  peek(id: PhotoId): string | undefined {
    return this.#entries.get(id)?.ready;
  }

  release(id: PhotoId): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    entry.users = Math.max(0, entry.users - 1);
    this.#trim();
  }

  /** Drops the thumbnails of photos that left the library. */
  remove(ids: readonly PhotoId[]): void {
    for (const id of ids) {
      const entry = this.#entries.get(id);
      if (entry) this.#revoke(id, entry);
    }
  }

  #make(id: PhotoId): Entry {
    const entry: Entry = {
      users: 0,
      url: this.#load(id).then((blob) => {
        entry.ready = URL.createObjectURL(blob);
        return entry.ready;
      }),
    };
    return entry;
  }

  #trim(): void {
    let unused = 0;
    for (const entry of this.#entries.values()) if (entry.users === 0) unused += 1;
    if (unused <= keptUnused) return;
    for (const [id, entry] of this.#entries) {
      if (entry.users > 0) continue;
      this.#revoke(id, entry);
      unused -= 1;
      if (unused <= keptUnused) return;
    }
  }

  #revoke(id: PhotoId, entry: Entry): void {
    this.#entries.delete(id);
    entry.url.then(revokeLater, () => undefined);
  }

  /** A failed load is forgotten, so that the next tile tries again. */
  #forget(id: PhotoId, entry: Entry): void {
    if (this.#entries.get(id) === entry) this.#entries.delete(id);
  }
}
