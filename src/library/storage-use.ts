/** How much the page stores, and whether the browser may delete it when the disk runs low. */
import type { StorageUse } from './library';
import { type LibraryDatabase, readSetting, writeSetting } from './storage/database';

export async function storageUse(): Promise<StorageUse> {
  const { usage = 0, quota = 0 } = await navigator.storage.estimate();
  return { usedBytes: usage, quotaBytes: quota, persisted: await navigator.storage.persisted() };
}

/** Asks the browser, once, not to delete the library; some browsers ask the person in turn. */
export async function requestPersistence(database: LibraryDatabase): Promise<void> {
  if (await readSetting(database, 'persistenceRequested')) return;
  await writeSetting(database, 'persistenceRequested', true);
  await navigator.storage?.persist?.();
}

/** A part of what the browser still has room for, at most `mostBytes`. */
export async function partOfQuota(part: number, mostBytes: number): Promise<number> {
  if (!navigator.storage?.estimate) return mostBytes;
  const { usage = 0, quota = 0 } = await navigator.storage.estimate();
  return Math.min(mostBytes, Math.max(0, quota - usage) * part);
}
