/** What becomes of files, written in groups: new photos, duplicates and failures. */
import type { AppError } from '../../errors';
import type { Catalog } from '../catalog';
import type { Photo, PhotoId } from '../library';
import { inTransaction, type LibraryDatabase, type LibraryTransaction } from '../storage/database';
import { deleteFailures, putFailures } from '../storage/failures';
import { type Inbox, type InboxEntry, originalOf } from '../storage/inbox';
import { addPath, type NewPhoto, putPhoto } from '../storage/photos';
import type { FailureKey, FailureRecord } from '../storage/records';
import type { LibraryChange } from '../tabs';

/** A transaction for each file would take longer than reading it. */
const groupSize = 32;
/** So long at most does a decoded photo wait for its group. */
const groupMs = 250;

export interface Settlement {
  readonly entry: InboxEntry;
  /** Size of the file, 0 where it could not be opened. */
  readonly bytes: number;
  readonly outcome:
    | { readonly newPhoto: NewPhoto }
    | { readonly duplicateOf: PhotoId }
    | { readonly error: AppError };
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
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** The write that the timer began. */
  private timed: Promise<void> = Promise.resolve();

  constructor(private readonly parts: SettlementsParts) {}

  /** Taken in the order of the calls: a duplicate may follow its photo. */
  async add(settlement: Settlement): Promise<void> {
    this.waiting.push(settlement);
    if (this.waiting.length >= groupSize) await this.flush();
    else this.timer ??= setTimeout(() => this.flushTimed(), groupMs);
  }

  /** Writes what waits. Throws `storage-full`; the files are then still in the inbox. */
  async flush(): Promise<void> {
    const { timed } = this;
    this.timed = Promise.resolve();
    await Promise.all([timed, this.write()]);
  }

  private flushTimed(): void {
    this.timed = this.write();
    // Whoever flushes next sees the error; until then nobody listens.
    this.timed.catch(() => {});
  }

  private async write(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const settlements = this.waiting;
    if (settlements.length === 0) return;
    this.waiting = [];
    const { database, catalog, inbox, publish } = this.parts;
    const added: Photo[] = [];
    const changed = new Map<PhotoId, Photo>();
    const failures: FailureRecord[] = [];
    const recovered: FailureKey[] = [];
    const done: InboxEntry[] = [];
    await inTransaction(database, async (transaction) => {
      const waiting = await inbox.waiting(
        transaction,
        settlements.map(({ entry }) => entry),
      );
      for (const settlement of settlements) {
        const { entry, bytes, outcome } = settlement;
        // Cancelled in another tab.
        if (!waiting.has(entry)) continue;
        const { path } = entry;
        if ('error' in outcome) {
          failures.push({ path, bytes, error: outcome.error.toWire(), at: Date.now() });
        } else if ('newPhoto' in outcome && (await putPhoto(transaction, outcome.newPhoto))) {
          added.push(outcome.newPhoto.photo);
          recovered.push(...catalog.failuresOf(path, bytes));
        } else {
          const photo = await this.noteDuplicate(transaction, settlement);
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
      { kind: 'photos-added', photos: added },
      { kind: 'photos-changed', photos: [...changed.values()] },
      { kind: 'inbox-changed', by: -done.length },
    ]);
  }

  /** A further path of a photo that is there; another tab may just have taken it in. */
  private async noteDuplicate(
    transaction: LibraryTransaction,
    { entry, outcome }: Settlement,
  ): Promise<Photo | null> {
    if ('error' in outcome) return null;
    const id = 'newPhoto' in outcome ? outcome.newPhoto.photo.id : outcome.duplicateOf;
    return await addPath(transaction, id, entry.path, originalOf(entry));
  }
}
