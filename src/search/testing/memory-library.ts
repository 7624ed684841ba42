import type { PhotoCaptions } from '../../library/captions';
import type { EmbeddingEntry, LibraryEvent, PhotoId } from '../../library/library';
import type { ModelKey } from '../../model/encoding';
import type { IndexedLibrary } from '../embedding-index';
import type { SearchedLibrary } from '../two-stage-search';

export const modelKey: ModelKey = 'test@1';

interface StoredPhoto {
  readonly embedding: Float32Array;
  readonly tokens: Float32Array;
}

/** A library in memory whose photos' tokens are one number: what the {@link ScriptedEngine} ranks by. */
export class MemoryLibrary implements SearchedLibrary, IndexedLibrary {
  readonly #photos = new Map<PhotoId, StoredPhoto>();
  readonly #listeners = new Set<(event: LibraryEvent) => void>();
  readonly #captions = new Map<PhotoId, PhotoCaptions>();
  /** Thrown by embeddings and imageTokens while it is set. */
  failure: Error | null = null;
  /** Called before each block of embeddings is handed out. */
  beforeBlock: () => void = () => {};

  add(photos: Readonly<Record<PhotoId, { embedding: Float32Array; match?: number }>>): void {
    const entries: EmbeddingEntry[] = [];
    for (const [id, { embedding, match = 0 }] of Object.entries(photos)) {
      this.#photos.set(id, { embedding, tokens: Float32Array.of(match) });
      entries.push({ id, embedding });
    }
    this.#emit({ type: 'embeddings-added', modelKey, entries });
  }

  remove(...ids: readonly PhotoId[]): void {
    for (const id of ids) this.#photos.delete(id);
    this.#emit({ type: 'photos-removed', ids });
  }

  caption(captions: Readonly<Record<PhotoId, PhotoCaptions>>): void {
    for (const [id, ofPhoto] of Object.entries(captions)) this.#captions.set(id, ofPhoto);
  }

  captions(): ReadonlyMap<PhotoId, PhotoCaptions> {
    return this.#captions;
  }

  subscribe(listener: (event: LibraryEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** In blocks of two, each read before {@link beforeBlock}, as a database cursor would. */
  async *embeddings(key: ModelKey): AsyncGenerator<readonly EmbeddingEntry[]> {
    if (this.failure) throw this.failure;
    if (key !== modelKey) return;
    const stored = [...this.#photos].map(([id, { embedding }]) => ({ id, embedding }));
    for (let first = 0; first < stored.length; first += 2) {
      this.beforeBlock();
      yield stored.slice(first, first + 2);
    }
  }

  async imageTokens(
    _key: ModelKey,
    ids: readonly PhotoId[],
  ): Promise<readonly (Float32Array | null)[]> {
    if (this.failure) throw this.failure;
    return ids.map((id) => this.#photos.get(id)?.tokens ?? null);
  }

  #emit(event: LibraryEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
