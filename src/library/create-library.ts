/** Opens the library: what the app calls first. */
import type { AppError } from '../errors';
import { DecodePool, type PhotoDecoder } from './decode/pool';
import type { Library } from './library';
import { openLibraryDatabase, readSetting } from './storage/database';
import { partOfQuota } from './storage-use';
import { StoredLibrary } from './stored-library';

export interface LibraryOptions {
  /** Name of the database, and of what tabs share. */
  readonly name?: string;
  /** Most bytes of image tokens that are kept. */
  readonly tokenBudgetBytes?: number;
  /** Most bytes of plain files that are copied so that a reload does not lose them. */
  readonly inboxBudgetBytes?: number;
  readonly decoder?: PhotoDecoder;
}

const megabyte = 1 << 20;
/** Of the room that the browser still gives, for copies of plain files. */
const inboxPartOfQuota = 0.25;

/** Opens the library of this origin. Throws `storage-unavailable`, `app-outdated`. */
export async function createLibrary({
  name = 'r2d2-library',
  tokenBudgetBytes = 256 * megabyte,
  inboxBudgetBytes = 1024 * megabyte,
  decoder = new DecodePool(),
}: LibraryOptions = {}): Promise<Library> {
  let lost: (error: AppError) => void = () => {};
  const database = await openLibraryDatabase(name, (error) => lost(error));
  const library = new StoredLibrary(database, {
    name,
    tokenBudgetBytes,
    inboxBudgetBytes: await partOfQuota(inboxPartOfQuota, inboxBudgetBytes),
    decoder,
    paused: (await readSetting(database, 'paused')) ?? false,
  });
  lost = (error) => library.fail(error);
  await library.load();
  return library;
}
