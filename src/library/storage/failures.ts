/** Files that could not be taken in, kept until somebody has seen them. */
import type { LibraryTransaction } from './database';
import type { FailureKey, FailureRecord } from './records';

export async function putFailures(
  transaction: LibraryTransaction,
  failures: readonly FailureRecord[],
): Promise<void> {
  await Promise.all(failures.map((failure) => transaction.objectStore('failures').put(failure)));
}

/** Forgets failures of files that have been taken in after all. */
export async function deleteFailures(
  transaction: LibraryTransaction,
  keys: readonly FailureKey[],
): Promise<void> {
  const store = transaction.objectStore('failures');
  await Promise.all(keys.map(({ path, bytes }) => store.delete([path, bytes])));
}
