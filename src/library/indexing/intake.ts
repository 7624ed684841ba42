/** The steps of indexing one file or photo: open, identify, decode, and write with its vectors. */
import { AppError, type ErrorCode } from '../../errors';
import type { ImageEncoding, ModelKey, ModelPixels } from '../../model/encoding';
import type { PhotoDecoder } from '../decode/pool';
import type { EmbeddingEntry, Photo, PhotoId } from '../library';
import { inTransaction } from '../storage/database';
import { putEmbedding } from '../storage/embeddings';
import { deleteFailures, putFailures } from '../storage/failures';
import { type InboxEntry, originalOf } from '../storage/inbox';
import { addPath, type NewPhoto, putPhoto, readPicture } from '../storage/photos';
import type { FailureKey, FailureRecord, OriginalRecord } from '../storage/records';
import type { TokenStore } from '../storage/tokens';
import { Settlements, type SettlementsParts } from './settlements';

/** A decoded file; further entries with the same content join it until it is written. */
interface FileWork {
  readonly kind: 'file';
  readonly entries: InboxEntry[];
  readonly newPhoto: NewPhoto;
  readonly pixels: ModelPixels;
}

/** A photo of the library that lacks the model's vectors. */
interface PhotoWork {
  readonly kind: 'photo';
  readonly photo: Photo;
  readonly pixels: ModelPixels;
}

export type Work = FileWork | PhotoWork;

/** Failures of one file; any other error stops the indexing. */
const fileErrors: ReadonlySet<ErrorCode> = new Set([
  'file-empty',
  'file-unreadable',
  'file-not-a-photo',
  'photo-broken',
  'photo-unsupported',
  'photo-too-large',
  'source-gone',
]);

export interface IntakeParts extends SettlementsParts {
  readonly tokens: TokenStore;
  readonly decoder: PhotoDecoder;
}

export class Intake {
  /** Inbox entries by content, while they are decoded and encoded. */
  private readonly inWork = new Map<PhotoId, InboxEntry[]>();
  private readonly settlements: Settlements;

  constructor(private readonly parts: IntakeParts) {
    this.settlements = new Settlements(parts);
  }

  /**
   * Takes a file up to the point where it must be encoded. Null where it need not be: a duplicate
   * or a failure, which {@link flush} writes, or a file that this tab cannot read now.
   *
   * @param onLocked called where the person must allow the page to read the file again.
   */
  async prepareFile(
    entry: InboxEntry,
    modelSize: number,
    onLocked: (original: OriginalRecord) => void,
    signal: AbortSignal,
  ): Promise<FileWork | null> {
    const { inbox, decoder, catalog } = this.parts;
    let entries = [entry];
    let bytes = 0;
    let id: PhotoId | undefined;
    try {
      const opened = await inbox.open(entry);
      if (opened.kind === 'locked' && entry.source.kind === 'handle') onLocked(entry.source);
      if (opened.kind !== 'file') return null;
      const { file } = opened;
      bytes = file.size;
      const identity = await decoder.identify(file, signal);
      if (catalog.photo(identity.id)) {
        await this.settlements.add({ entry, bytes, outcome: { duplicateOf: identity.id } });
        return null;
      }
      const others = this.inWork.get(identity.id);
      if (others) {
        others.push(entry);
        return null;
      }
      id = identity.id;
      this.inWork.set(id, entries);
      const prepared = await decoder.prepare(file, identity, modelSize, signal);
      const original = originalOf(entry);
      const photo: Photo = {
        id,
        paths: [entry.path],
        bytes,
        type: identity.type,
        width: prepared.width,
        height: prepared.height,
        takenAt: prepared.takenAt ?? file.lastModified,
        importedAt: Date.now(),
        details: prepared.details,
        ...(entry.attribution ? { attribution: entry.attribution } : {}),
      };
      const { thumbnail, picture, pixels } = prepared;
      const newPhoto = { photo, thumbnail, picture, ...(original ? { original } : {}) };
      return { kind: 'file', entries, newPhoto, pixels };
    } catch (thrown) {
      if (id !== undefined) {
        entries = this.inWork.get(id) ?? entries;
        this.inWork.delete(id);
      }
      const error = AppError.from(thrown);
      if (!fileErrors.has(error.code)) throw error;
      for (const failed of entries) {
        await this.settlements.add({ entry: failed, bytes, outcome: { error } });
      }
      return null;
    }
  }

  /** The same for a photo of the library. */
  async preparePhoto(
    photo: Photo,
    modelSize: number,
    signal: AbortSignal,
  ): Promise<PhotoWork | null> {
    try {
      const { blob } = await readPicture(this.parts.database, photo.id);
      const megapixels = (photo.width * photo.height) / 1e6;
      const source = { blob, megapixels };
      const pixels = await this.parts.decoder.preparePixels(source, modelSize, signal);
      return { kind: 'photo', photo, pixels };
    } catch (thrown) {
      const error = AppError.from(thrown);
      if (!fileErrors.has(error.code)) throw error;
      const { catalog, database, publish } = this.parts;
      // Removed meanwhile.
      if (!catalog.photo(photo.id)) return null;
      const failure: FailureRecord = {
        path: photo.paths[0] ?? photo.id,
        bytes: photo.bytes,
        error: error.toWire(),
        at: Date.now(),
        photoId: photo.id,
      };
      await inTransaction(database, (transaction) => putFailures(transaction, [failure]));
      publish([{ kind: 'failed', failures: [failure] }]);
      return null;
    }
  }

  /** Writes a batch: photos, vectors, tokens and the inbox's deletions together or not at all. */
  async store(
    modelKey: ModelKey,
    works: readonly Work[],
    encodings: readonly ImageEncoding[],
  ): Promise<void> {
    const { database, catalog, inbox, tokens, publish } = this.parts;
    // Entries with the same content may still join a work; those wait for the next pass.
    const entries = works.flatMap((work) => (work.kind === 'file' ? [...work.entries] : []));
    const vectors = works.flatMap((work, index) => {
      const encoding = encodings[index];
      if (!encoding) throw new AppError('run-failed', 'The encoder left out a photo.');
      // Copied: a view would carry the whole batch's buffer into the database.
      const embedding = encoding.embedding.slice();
      return [{ id: photoOf(work).id, embedding, tokens: encoding.tokens }];
    });
    const added: Photo[] = [];
    const changed: Photo[] = [];
    const present = new Set<PhotoId>();
    const embedded: EmbeddingEntry[] = [];
    const recovered: FailureKey[] = [];
    const settled = await inTransaction(database, async (transaction) => {
      const waiting = await inbox.waiting(transaction, entries);
      for (const work of works) {
        const { id, bytes } = photoOf(work);
        if (work.kind === 'photo') {
          if (!(await transaction.objectStore('photos').getKey(id))) continue;
          present.add(id);
          recovered.push(...work.photo.paths.flatMap((path) => catalog.failuresOf(path, bytes)));
          continue;
        }
        const met = work.entries.filter((entry) => waiting.has(entry)).map(({ path }) => path);
        // Cancelled in another tab.
        if (met.length === 0) continue;
        present.add(id);
        const paths = [...new Set(met)];
        recovered.push(...paths.flatMap((path) => catalog.failuresOf(path, bytes)));
        const photo = { ...work.newPhoto.photo, paths };
        if (await putPhoto(transaction, { ...work.newPhoto, photo })) added.push(photo);
        else {
          // Another tab was faster.
          for (const path of paths) {
            const known = await addPath(transaction, id, path, work.newPhoto.original);
            if (known) changed.push(known);
          }
        }
      }
      const kept = vectors.filter(({ id }) => present.has(id));
      for (const { id, embedding } of kept) {
        await putEmbedding(transaction, modelKey, { id, embedding });
        embedded.push({ id, embedding });
      }
      await tokens.put(transaction, modelKey, kept);
      await inbox.delete(transaction, [...waiting]);
      await deleteFailures(transaction, recovered);
      return waiting;
    });
    for (const work of works) if (work.kind === 'file') this.inWork.delete(photoOf(work).id);
    inbox.forget(entries);
    publish([
      { kind: 'failures-removed', failures: recovered },
      { kind: 'inbox-changed', by: -settled.size },
      { kind: 'photos-changed', photos: changed },
      { kind: 'photos-added', photos: added },
      { kind: 'embeddings-added', modelKey, entries: embedded },
    ]);
  }

  /** Turns entries whose file went with a closed tab into failures: they must be chosen again. */
  async giveUp(entries: readonly InboxEntry[]): Promise<void> {
    const error = new AppError('file-not-kept', 'The file must be chosen again after a reload.');
    for (const entry of entries) {
      await this.settlements.add({ entry, bytes: 0, outcome: { error } });
    }
    await this.flush();
  }

  /** Writes the duplicates and failures met so far. */
  async flush(): Promise<void> {
    await this.settlements.flush();
  }

  /** Forgets what was in work when the indexing was stopped; it is still in the inbox. */
  reset(): void {
    this.inWork.clear();
    this.settlements.reset();
  }
}

function photoOf(work: Work): Photo {
  return work.kind === 'file' ? work.newPhoto.photo : work.photo;
}
