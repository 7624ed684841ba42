import { AppError } from '../errors';
import type { EmbeddingEntry, Library, LibraryEvent, PhotoId } from '../library/library';
import type { ModelKey } from '../model/encoding';
import { QuantizedVectors } from './kernel/quantized-vectors';

export type IndexedLibrary = Pick<Library, 'subscribe' | 'embeddings'>;

export interface Neighbour {
  readonly photoId: PhotoId;
  readonly cosine: number;
}

export interface ScannedPhotos {
  readonly ids: readonly PhotoId[];
  /** One array a query, with one cosine a photo. */
  readonly cosines: readonly Float32Array[];
}

/**
 * The library's embeddings of one model, ready to be searched. Follows the library from the moment
 * it is opened: photos indexed later are found, removed ones are not.
 */
export class EmbeddingIndex {
  readonly #library: IndexedLibrary;
  readonly #vectors: QuantizedVectors;
  /** The photo of each row, and the row of each photo. */
  readonly #ids: PhotoId[] = [];
  readonly #rows = new Map<PhotoId, number>();
  /** Photos gone since the index was opened: a block of the fill may have been read before. */
  readonly #removed = new Set<PhotoId>();
  readonly #unsubscribe: () => void;
  #filled: Promise<void> | null = null;
  #closed = false;

  /** @throws AppError `kernel-failed` where the browser cannot run the kernel. */
  constructor(
    library: IndexedLibrary,
    readonly modelKey: ModelKey,
    dimensions: number,
  ) {
    this.#vectors = new QuantizedVectors(dimensions);
    this.#library = library;
    this.#unsubscribe = library.subscribe((event) => this.#follow(event));
  }

  /**
   * Resolves once everything that the library has stored is in the index. After a failure the next
   * call fills in what is missing.
   * @throws AppError `kernel-failed` without memory, or what the library's store throws.
   */
  filled(): Promise<void> {
    this.#filled ??= this.#fill().catch((error: unknown) => {
      this.#filled = null;
      throw AppError.from(error);
    });
    return this.#filled;
  }

  get size(): number {
    return this.#vectors.length;
  }

  has(id: PhotoId): boolean {
    return this.#rows.has(id);
  }

  /** The photos nearest to a unit-length query, best first, of equal ones in order of their ids. */
  nearest(query: Float32Array, limit: number): Neighbour[] {
    return this.#vectors
      .nearest(query, limit)
      .map(({ row, cosine }) => ({ photoId: this.#ids[row] as PhotoId, cosine }))
      .sort(nearerFirst);
  }

  /** The same among some photos; those that are not in the index are left out. */
  nearestAmong(query: Float32Array, photos: Iterable<PhotoId>, limit: number): Neighbour[] {
    const neighbours: Neighbour[] = [];
    for (const photoId of photos) {
      const row = this.#rows.get(photoId);
      if (row !== undefined) neighbours.push({ photoId, cosine: this.#vectors.cosine(query, row) });
    }
    return neighbours.sort(nearerFirst).slice(0, limit);
  }

  /**
   * The cosines of every photo with every unit-length query, some photos at a time. Photos that
   * come or go between two steps may be missed or met twice; the library's events tell of them.
   */
  *scan(queries: readonly Float32Array[], photosAtOnce: number): Generator<ScannedPhotos> {
    for (let first = 0; first < this.size; first += photosAtOnce) {
      const ids = this.#ids.slice(first, first + photosAtOnce);
      const cosines = queries.map((query) => {
        const row = new Float32Array(ids.length);
        this.#vectors.cosines(query, first, row);
        return row;
      });
      yield { ids, cosines };
    }
  }

  close(): void {
    this.#closed = true;
    this.#unsubscribe();
  }

  async #fill(): Promise<void> {
    for await (const block of this.#library.embeddings(this.modelKey)) {
      if (this.#closed) return;
      for (const entry of block) {
        // What is there came by an event and is newer than what was stored.
        if (!this.#rows.has(entry.id) && !this.#removed.has(entry.id)) this.#put(entry);
      }
    }
  }

  #follow(event: LibraryEvent): void {
    if (event.type === 'embeddings-added' && event.modelKey === this.modelKey) {
      try {
        for (const entry of event.entries) this.#put(entry);
      } catch {
        // Not the library's problem: the next search fills in what is missing, or says why it cannot.
        this.#filled = null;
      }
    } else if (event.type === 'photos-removed') {
      for (const id of event.ids) this.#remove(id);
    }
  }

  #put({ id, embedding }: EmbeddingEntry): void {
    this.#removed.delete(id);
    const row = this.#rows.get(id);
    if (row !== undefined) {
      this.#vectors.set(row, embedding);
      return;
    }
    this.#vectors.push(embedding);
    this.#rows.set(id, this.#ids.length);
    this.#ids.push(id);
  }

  #remove(id: PhotoId): void {
    this.#removed.add(id);
    const row = this.#rows.get(id);
    if (row === undefined) return;
    // As in the vectors, the last row takes the place of the removed one.
    this.#vectors.remove(row);
    this.#rows.delete(id);
    const last = this.#ids.pop() as PhotoId;
    if (last !== id) {
      this.#ids[row] = last;
      this.#rows.set(last, row);
    }
  }
}

function nearerFirst(a: Neighbour, b: Neighbour): number {
  return b.cosine - a.cosine || (a.photoId < b.photoId ? -1 : 1);
}
