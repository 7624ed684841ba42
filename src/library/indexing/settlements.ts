/** Files that need no encoding: duplicates and failures, written in groups. */
import type { AppError } from '../../errors';
import type { Catalog } from '../catalog';
import type { Photo, PhotoId } from '../library';
import { inTransaction, type LibraryDatabase } from '../storage/database';
import { deleteFailures, putFailures } from '../storage/failures';
import { type Inbox, type InboxEntry, originalOf } from '../storage/inbox';
import { addPath } from '../storage/photos';
import type { FailureKey, FailureRecord } from '../storage/records';
import type { LibraryChange } from '../tabs';

/** A transaction for each file would take longer than reading it. */
const groupSize = 32;

interface Settlement {
  readonly entry: InboxEntry;
  /** Size of the file, 0 where it could not be opened. */
  readonly bytes: number;
  readonly outcome: { readonly duplicateOf: PhotoId } | { readonly error: AppError };
}

export interface SettlementsParts {
  readonly database: LibraryDatabase;
  readonly catalog: Catalog;
  readonly inbox: Inbox;
  /** Makes known what a transaction has written. */
  readonly publish: (changes: readonly LibraryChange[]) => void;
}

export class Settlements {
  private waiting: Settlement[] = [];

  constructor(private readonly parts: SettlementsParts) {}

  async add(settlement: Settlement): Promise<void> {
    this.waiting.push(settlement);
    if (this.waiting.length >= groupSize) await this.flush();
  }

  reset(): void {
    this.waiting = [];
  }

  async flush(): Promise<void> {
    const settlements = this.waiting;
    if (settlements.length === 0) return;
    this.waiting = [];
    const { database, catalog, inbox, publish } = this.parts;
    const changed = new Map<PhotoId, Photo>();
    const failures: FailureRecord[] = [];
    const recovered: FailureKey[] = [];
    const done: InboxEntry[] = [];
    await inTransaction(database, async (transaction) => {
      const waiting = await inbox.waiting(
        transaction,
        settlements.map(({ entry }) => entry),
      );
      for (const { entry, bytes, outcome } of settlements) {
        if (!waiting.has(entry)) continue;
        const { path } = entry;
        if ('error' in outcome) {
          failures.push({ path, bytes, error: outcome.error.toWire(), at: Date.now() });
        } else {
          const photo = await addPath(transaction, outcome.duplicateOf, path, originalOf(entry));
          // Removed just now: the entry stays, and makes a new photo of it.
          if (!photo) continue;
          changed.set(photo.id, photo);
          recovered.push(...catalog.failuresOf(path, bytes));
        }
        done.push(entry);
      }
      await putFailures(transaction, failures);
      await deleteFailures(transaction, recovered);
      await inbox.delete(transaction, done);
    });
    inbox.forget(done);
    publish([
      { kind: 'failures-removed', failures: recovered },
      { kind: 'failed', failures },
      { kind: 'photos-changed', photos: [...changed.values()] },
      { kind: 'inbox-changed', by: -done.length },
    ]);
  }
}
