/** The library's IndexedDB database: its stores, its versions, and how transactions are run. */
import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB } from 'idb';
import { AppError } from '../../errors';
import type { ModelKey } from '../../model/encoding';
import type { PhotoCaptions } from '../captions';
import type { StoredPicture } from '../decode/protocol';
import type { Photo, PhotoId } from '../library';
import type { PhotoTags } from '../tags';
import type {
  EmbeddingRecord,
  FailureRecord,
  InboxRecord,
  OriginalRecord,
  Settings,
  TokenRecord,
  TokenUseRecord,
} from './records';

export interface LibrarySchema extends DBSchema {
  photos: { key: PhotoId; value: Photo };
  originals: { key: PhotoId; value: OriginalRecord };
  /** JPEGs, as plain bytes: small enough that a file of its own for each would cost more. */
  thumbnails: { key: PhotoId; value: ArrayBuffer };
  pictures: { key: PhotoId; value: StoredPicture };
  embeddings: {
    key: [ModelKey, PhotoId];
    value: EmbeddingRecord;
    indexes: { photoId: PhotoId };
  };
  tokens: { key: [ModelKey, PhotoId]; value: TokenRecord };
  tokenUses: {
    key: [ModelKey, PhotoId];
    value: TokenUseRecord;
    indexes: { photoId: PhotoId; lastUsed: number };
  };
  tags: { key: PhotoId; value: PhotoTags };
  captions: { key: PhotoId; value: PhotoCaptions };
  inbox: { key: number; value: InboxRecord };
  failures: { key: [string, number]; value: FailureRecord };
  settings: { key: keyof Settings; value: Settings[keyof Settings] };
}

export type LibraryDatabase = IDBPDatabase<LibrarySchema>;

export const storeNames = [
  'photos',
  'originals',
  'thumbnails',
  'pictures',
  'embeddings',
  'tokens',
  'tokenUses',
  'tags',
  'captions',
  'inbox',
  'failures',
  'settings',
] as const;

/** A transaction over the whole library: what belongs together is written together. */
export type LibraryTransaction = IDBPTransaction<LibrarySchema, typeof storeNames, 'readwrite'>;

/** One step a version, each only ever added to: `migrations[n]` leads from version n to n + 1. */
const migrations: readonly ((database: LibraryDatabase) => void)[] = [
  (database) => {
    database.createObjectStore('photos', { keyPath: 'id' });
    database.createObjectStore('originals');
    database.createObjectStore('thumbnails');
    database.createObjectStore('pictures');
    database.createObjectStore('settings');
    const photoOfModel = ['modelKey', 'photoId'];
    database
      .createObjectStore('embeddings', { keyPath: photoOfModel })
      .createIndex('photoId', 'photoId');
    database.createObjectStore('tokens', { keyPath: photoOfModel });
    const uses = database.createObjectStore('tokenUses', { keyPath: photoOfModel });
    uses.createIndex('photoId', 'photoId');
    uses.createIndex('lastUsed', 'lastUsed');
    database.createObjectStore('inbox', { autoIncrement: true });
    database.createObjectStore('failures', { keyPath: ['path', 'bytes'] });
  },
  (database) => {
    database.createObjectStore('tags');
  },
  (database) => {
    database.createObjectStore('captions');
  },
];

const databaseVersion = migrations.length;

/**
 * Opens the database, made or brought to the current version where needed.
 *
 * @param onLost called when the database is closed from outside: by a newer version of the app in
 *   another tab, or by the browser.
 * Throws `storage-unavailable`, or `app-outdated` where a newer version has changed the database.
 */
export async function openLibraryDatabase(
  name: string,
  onLost: (error: AppError) => void,
): Promise<LibraryDatabase> {
  try {
    const database: LibraryDatabase = await openDB<LibrarySchema>(name, databaseVersion, {
      upgrade(upgrading, oldVersion) {
        for (const migrate of migrations.slice(oldVersion)) migrate(upgrading);
      },
      blocking() {
        database.close();
        onLost(outdated());
      },
      terminated() {
        onLost(new AppError('storage-unavailable', 'The browser closed the database.'));
      },
    });
    return database;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'VersionError') throw outdated(cause);
    throw new AppError(
      'storage-unavailable',
      'The browser does not let the page store anything.',
      {},
      { cause },
    );
  }
}

function outdated(cause?: unknown): AppError {
  const message = 'A newer version of the app has been opened in this browser.';
  return new AppError('app-outdated', message, {}, { cause });
}

/**
 * Runs `work` in one transaction: all of its writes come to be, or none. `work` may await nothing
 * but the transaction's own requests. Throws `storage-full` where the browser's quota is used up.
 */
export async function inTransaction<Result>(
  database: LibraryDatabase,
  work: (transaction: LibraryTransaction) => Promise<Result>,
): Promise<Result> {
  try {
    const transaction = database.transaction(storeNames, 'readwrite');
    // Handled at once: a transaction may fail while `work` still waits for another request.
    const done = transaction.done.then(
      () => null,
      (error: unknown) => ({ error }),
    );
    try {
      const result = await work(transaction);
      const failure = await done;
      if (failure) throw failure.error;
      return result;
    } catch (thrown) {
      abort(transaction);
      const failure = await done;
      // The transaction knows why (quota); its requests only say that it was aborted.
      throw isAbort(thrown) && failure?.error ? failure.error : thrown;
    }
  } catch (thrown) {
    throw storageError(thrown);
  }
}

function isAbort(thrown: unknown): boolean {
  return thrown instanceof DOMException && thrown.name === 'AbortError';
}

function abort(transaction: LibraryTransaction): void {
  try {
    transaction.abort();
  } catch (error) {
    // It has ended already, which is all that was wanted.
    if (!(error instanceof DOMException && error.name === 'InvalidStateError')) throw error;
  }
}

/** What IndexedDB threw, as an error that a person can act on. */
export function storageError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  if (isAbort(thrown) || (thrown instanceof DOMException && thrown.name === 'InvalidStateError')) {
    const message = 'The library cannot be written.';
    return new AppError('storage-unavailable', message, {}, { cause: thrown });
  }
  return AppError.from(thrown, 'storage-unavailable');
}

/** Adds to one of the sums in the settings, and returns the new sum. */
export async function addToSum(
  transaction: LibraryTransaction,
  sum: 'tokenBytes' | 'inboxBytes',
  bytes: number,
): Promise<number> {
  const settings = transaction.objectStore('settings');
  const before = ((await settings.get(sum)) as number | undefined) ?? 0;
  const after = Math.max(0, before + bytes);
  await settings.put(after, sum);
  return after;
}

export async function readSetting<Name extends keyof Settings>(
  database: LibraryDatabase,
  name: Name,
): Promise<Settings[Name] | undefined> {
  return (await database.get('settings', name)) as Settings[Name] | undefined;
}

export async function writeSetting<Name extends keyof Settings>(
  database: LibraryDatabase,
  name: Name,
  value: Settings[Name],
): Promise<void> {
  await database.put('settings', value, name);
}
