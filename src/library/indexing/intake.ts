/**
 * The steps of indexing: a file becomes a photo that is shown, a photo becomes the square that the
 * model reads, the model's answer becomes the photo's vectors.
 */
import { AppError, type ErrorCode } from '../../errors';
import type { ImageEncoder, ImageEncoding, ModelPixels } from '../../model/encoding';
import type { PhotoDecoder } from '../decode/pool';
import type { PhotoIdentity } from '../decode/protocol';
import type { Photo, PhotoId } from '../library';
import { inTransaction } from '../storage/database';
import { putEmbedding } from '../storage/embeddings';
import { deleteFailures, putFailures } from '../storage/failures';
import { type InboxEntry, originalOf } from '../storage/inbox';
import { type NewPhoto, readPicture } from '../storage/photos';
import type { FailureRecord } from '../storage/records';
import type { TokenStore } from '../storage/tokens';
import { type Settlement, Settlements, type SettlementsParts } from './settlements';

/** A decoded photo on its way to the encoder. */
export interface PhotoPixels {
  readonly photo: Photo;
  readonly pixels: ModelPixels;
}

export interface EncodedPhoto {
  readonly photo: Photo;
  /** Absent where the encoder left the photo out, which is an error. */
  readonly encoding: ImageEncoding | undefined;
}

interface DecodedFile {
  readonly newPhoto: NewPhoto;
  /** Absent without a model. */
  readonly pixels?: ModelPixels;
}

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
  /**
   * Files decoded in this pass, by content; duplicates wait for them. Nothing of what was decoded
   * is held, which for ten thousand photos would be more than memory has.
   */
  private readonly inWork = new Map<PhotoId, Promise<void>>();
  private readonly settlements: Settlements;

  constructor(private readonly parts: IntakeParts) {
    this.settlements = new Settlements(parts);
  }

  /**
   * Takes a file into the library; {@link endPass} writes the last ones. Null where nothing is left
   * to encode: without a model, for a duplicate or a failure, or a file that this tab cannot read
   * now.
   *
   * @param modelSize side of the model's square; null without a model.
   * @param onUnread called where this tab cannot read the file now.
   */
  async takeIn(
    entry: InboxEntry,
    modelSize: number | null,
    onUnread: (entry: InboxEntry) => void,
    signal: AbortSignal,
  ): Promise<PhotoPixels | null> {
    const { inbox, decoder, catalog } = this.parts;
    let bytes = 0;
    const settle = (outcome: Settlement['outcome']) =>
      this.settlements.add({ entry, bytes, outcome });
    try {
      const opened = await inbox.open(entry);
      if (opened.kind !== 'file') {
        onUnread(entry);
        return null;
      }
      const { file } = opened;
      bytes = file.size;
      const identity = await decoder.identify(file, { signal, priority: 'background' });
      const { id } = identity;
      const inWork = this.inWork.get(id);
      if (inWork || catalog.photo(id)) {
        await inWork;
        await settle({ duplicateOf: id });
        return null;
      }
      const decoding = this.decode(entry, file, identity, modelSize, signal);
      const over = decoding.then(() => undefined);
      // Without duplicates nobody waits for it, and its failure is the photo's own.
      over.catch(() => undefined);
      this.inWork.set(id, over);
      // Goes on ahead of the duplicates that wait for the same, so that they follow their photo.
      const { newPhoto, pixels } = await decoding;
      await settle({ newPhoto });
      return pixels ? { photo: newPhoto.photo, pixels } : null;
    } catch (thrown) {
      const error = AppError.from(thrown);
      if (!fileErrors.has(error.code)) throw error;
      await settle({ error });
      return null;
    }
  }

  private async decode(
    entry: InboxEntry,
    file: File,
    identity: PhotoIdentity,
    modelSize: number | null,
    signal: AbortSignal,
  ): Promise<DecodedFile> {
    const prepared = await this.parts.decoder.prepare(file, identity, modelSize, {
      signal,
      priority: 'background',
    });
    const { thumbnail, picture, pixels } = prepared;
    const original = originalOf(entry);
    const photo: Photo = {
      id: identity.id,
      paths: [entry.path],
      bytes: file.size,
      type: identity.type,
      width: prepared.width,
      height: prepared.height,
      takenAt: prepared.takenAt ?? file.lastModified,
      importedAt: Date.now(),
      details: prepared.details,
      ...(entry.attribution ? { attribution: entry.attribution } : {}),
    };
    const newPhoto = { photo, thumbnail, picture, ...(original ? { original } : {}) };
    return { newPhoto, ...(pixels ? { pixels } : {}) };
  }

  /** The square of a photo that lacks the model's vectors. Null where its picture cannot be read. */
  async pixelsOf(
    photo: Photo,
    modelSize: number,
    signal: AbortSignal,
  ): Promise<PhotoPixels | null> {
    try {
      const { blob } = await readPicture(this.parts.database, photo.id);
      const megapixels = (photo.width * photo.height) / 1e6;
      const pixels = await this.parts.decoder.preparePixels({ blob, megapixels }, modelSize, {
        signal,
        priority: 'background',
      });
      return { photo, pixels };
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

  /** Writes vectors and tokens together or not at all; photos that are gone are left out. */
  async storeVectors(
    { modelKey, usesTokens }: Pick<ImageEncoder, 'modelKey' | 'usesTokens'>,
    encoded: readonly EncodedPhoto[],
  ): Promise<void> {
    await this.settlements.flush();
    const { database, catalog, tokens, publish } = this.parts;
    const vectors = encoded.map(({ photo, encoding }) => {
      if (!encoding) throw new AppError('run-failed', 'The encoder left out a photo.');
      // Copied: a view would carry the whole batch's buffer into the database.
      const embedding = encoding.embedding.slice();
      return { photo, id: photo.id, embedding, tokens: encoding.tokens };
    });
    const { present, recovered } = await inTransaction(database, async (transaction) => {
      const store = transaction.objectStore('photos');
      const keys = await Promise.all(vectors.map(({ id }) => store.getKey(id)));
      const present = vectors.filter((_, index) => keys[index] !== undefined);
      for (const entry of present) await putEmbedding(transaction, modelKey, entry);
      // Tokens that nobody reads would push out those of a model with a ranker.
      if (usesTokens) await tokens.put(transaction, modelKey, present);
      const recovered = present.flatMap(({ photo: { paths, bytes } }) =>
        paths.flatMap((path) => catalog.failuresOf(path, bytes)),
      );
      await deleteFailures(transaction, recovered);
      return { present, recovered };
    });
    publish([
      { kind: 'failures-removed', failures: recovered },
      {
        kind: 'embeddings-added',
        modelKey,
        entries: present.map(({ id, embedding }) => ({ id, embedding })),
      },
    ]);
  }

  /** Turns entries whose file went with a closed tab into failures: they must be chosen again. */
  async giveUp(entries: readonly InboxEntry[]): Promise<void> {
    const error = new AppError('file-not-kept', 'The file must be chosen again after a reload.');
    for (const entry of entries) {
      await this.settlements.add({ entry, bytes: 0, outcome: { error } });
    }
    await this.settlements.flush();
  }

  /** Writes what was taken in last. To be called when no file is being taken in. */
  async endPass(): Promise<void> {
    this.inWork.clear();
    await this.settlements.flush();
  }
}
