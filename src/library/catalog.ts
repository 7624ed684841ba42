/**
 * What the library knows of its photos, held in memory and equal to the database. Every change is
 * a {@link LibraryChange}: the tab that wrote applies it and tells the others, which apply it too.
 */
import { AppError } from '../errors';
import type { ModelKey } from '../model/encoding';
import { hasCaption, type PhotoCaptions } from './captions';
import type { ImportFailure, LibraryEvent, Photo, PhotoId } from './library';
import { readCaptions } from './storage/captions';
import type { LibraryDatabase } from './storage/database';
import { embeddedPhotos } from './storage/embeddings';
import type { FailureKey, FailureRecord } from './storage/records';
import { readTags } from './storage/tags';
import type { LibraryChange } from './tabs';
import type { PhotoTags } from './tags';

/** Counts of the whole library: done + failed + toDo = total. */
export interface Counts {
  /** The model that they are for. */
  readonly modelKey: ModelKey | null;
  readonly done: number;
  readonly failed: number;
  readonly toDo: number;
  /** Of those still to do, files that are not yet photos. */
  readonly waiting: number;
  readonly total: number;
}

const failureKey = ({ path, bytes }: FailureKey) => `${bytes} ${path}`;

export class Catalog {
  private readonly photosById = new Map<PhotoId, Photo>();
  private readonly failuresByKey = new Map<string, FailureRecord>();
  private tagsById: ReadonlyMap<PhotoId, PhotoTags> = new Map();
  private captionsById: ReadonlyMap<PhotoId, PhotoCaptions> = new Map();
  private embedded: Set<PhotoId> = new Set();
  private modelKey: ModelKey | null = null;
  private waiting = 0;
  /** Made when asked for, dropped when something changes. */
  private newestFirst: readonly Photo[] | null = null;
  private failureList: readonly ImportFailure[] | null = null;

  constructor(private readonly database: LibraryDatabase) {}

  async load(): Promise<void> {
    const [photos, failures, tags, captions, waiting] = await Promise.all([
      this.database.getAll('photos'),
      this.database.getAll('failures'),
      readTags(this.database),
      readCaptions(this.database),
      this.database.count('inbox'),
    ]);
    for (const photo of photos) this.photosById.set(photo.id, photo);
    for (const failure of failures) this.failuresByKey.set(failureKey(failure), failure);
    this.tagsById = new Map(tags.map((entry) => [entry.id, entry.tags]));
    this.captionsById = new Map(captions.map((entry) => [entry.id, entry.captions]));
    this.waiting = waiting;
  }

  /** Counts the files that wait anew: what tabs tell each other may be counted twice or not at all. */
  async recount(): Promise<void> {
    this.waiting = await this.database.count('inbox');
  }

  /** From now on, photos are done once they have this model's embeddings. */
  async setModel(modelKey: ModelKey): Promise<void> {
    const embedded = await embeddedPhotos(this.database, modelKey);
    this.modelKey = modelKey;
    // Photos may have been removed meanwhile.
    this.embedded = new Set([...embedded].filter((id) => this.photosById.has(id)));
  }

  photos(): readonly Photo[] {
    this.newestFirst ??= [...this.photosById.values()].sort(
      (a, b) => b.takenAt - a.takenAt || (a.id < b.id ? -1 : 1),
    );
    return this.newestFirst;
  }

  photo(id: PhotoId): Photo | undefined {
    return this.photosById.get(id);
  }

  /** A new map after each change. */
  tags(): ReadonlyMap<PhotoId, PhotoTags> {
    return this.tagsById;
  }

  /** A new map after each change. */
  captions(): ReadonlyMap<PhotoId, PhotoCaptions> {
    return this.captionsById;
  }

  failures(): readonly ImportFailure[] {
    this.failureList ??= [...this.failuresByKey.values()]
      .map(({ path, error, at }) => ({ path, error: AppError.fromWire(error), at }))
      .sort((a, b) => a.at - b.at);
    return this.failureList;
  }

  /** Keys under which the file may have failed before: with its size, or without as it was gone. */
  failuresOf(path: string, bytes: number): readonly FailureKey[] {
    return [
      { path, bytes },
      { path, bytes: 0 },
    ].filter((key) => this.failuresByKey.has(failureKey(key)));
  }

  counts(): Counts {
    let failed = 0;
    let failedFiles = 0;
    for (const { photoId } of this.failuresByKey.values()) {
      if (photoId === undefined) failedFiles++;
      else if (!this.photosById.has(photoId) || this.embedded.has(photoId)) continue;
      failed++;
    }
    const total = this.photosById.size + failedFiles + this.waiting;
    const done = this.embedded.size;
    const { modelKey, waiting } = this;
    return { modelKey, done, failed, total, waiting, toDo: total - done - failed };
  }

  /** Photos that lack the model's embedding, less those that failed. */
  photosToIndex(): readonly Photo[] {
    const failed = new Set([...this.failuresByKey.values()].map(({ photoId }) => photoId));
    return this.photos().filter(({ id }) => !this.embedded.has(id) && !failed.has(id));
  }

  /** Returns the event that tells of the change, if it is one that others should know of. */
  apply(change: LibraryChange): LibraryEvent | null {
    switch (change.kind) {
      case 'photos-added':
      case 'photos-changed': {
        const isNew = change.kind === 'photos-added';
        const photos = isNew ? change.photos : this.present(change.photos);
        if (photos.length === 0) return null;
        for (const photo of photos) this.photosById.set(photo.id, photo);
        this.newestFirst = null;
        return { type: change.kind, photos };
      }
      case 'tags-changed': {
        const entries = this.present(change.entries);
        if (entries.length === 0) return null;
        const tags = new Map(this.tagsById);
        for (const entry of entries) tags.set(entry.id, entry.tags);
        this.tagsById = tags;
        return { type: 'tags-changed', ids: entries.map(({ id }) => id) };
      }
      case 'captions-changed': {
        const entries = this.present(change.entries);
        if (entries.length === 0) return null;
        const captions = new Map(this.captionsById);
        for (const entry of entries) {
          if (hasCaption(entry.captions)) captions.set(entry.id, entry.captions);
          else captions.delete(entry.id);
        }
        this.captionsById = captions;
        return { type: 'captions-changed', ids: entries.map(({ id }) => id) };
      }
      case 'photos-removed': {
        const ids = change.ids ?? [...this.photosById.keys()];
        this.tagsById = without(this.tagsById, ids);
        this.captionsById = without(this.captionsById, ids);
        for (const id of ids) {
          this.photosById.delete(id);
          this.embedded.delete(id);
        }
        this.newestFirst = null;
        return { type: 'photos-removed', ids };
      }
      case 'embeddings-added': {
        const { modelKey } = change;
        const entries = this.present(change.entries);
        if (entries.length === 0) return null;
        if (modelKey === this.modelKey) for (const { id } of entries) this.embedded.add(id);
        return { type: 'embeddings-added', modelKey, entries };
      }
      case 'index-removed':
        // Another tab may use the model: its photos are indexed anew there.
        if (change.modelKey === this.modelKey) this.embedded.clear();
        return null;
      case 'failed':
        if (change.failures.length === 0) return null;
        for (const failure of change.failures) {
          this.failuresByKey.set(failureKey(failure), failure);
        }
        this.failureList = null;
        return null;
      case 'failures-removed':
        if (change.failures?.length === 0) return null;
        if (change.failures === null) this.failuresByKey.clear();
        else for (const key of change.failures) this.failuresByKey.delete(failureKey(key));
        this.failureList = null;
        return null;
      case 'inbox-changed':
        this.waiting = Math.max(0, this.waiting + change.by);
        return null;
      case 'inbox-emptied':
        this.waiting = 0;
        return { type: 'queue-dropped' };
    }
  }

  /** Without those of photos that are not there: what another tab tells late does not bring them back. */
  private present<Entry extends { readonly id: PhotoId }>(
    entries: readonly Entry[],
  ): readonly Entry[] {
    return entries.filter(({ id }) => this.photosById.has(id));
  }
}

function without<Key, Value>(map: ReadonlyMap<Key, Value>, keys: readonly Key[]) {
  if (!keys.some((key) => map.has(key))) return map;
  const rest = new Map(map);
  for (const key of keys) rest.delete(key);
  return rest;
}
