/**
 * Files on their way into the library. Handles, and copies of plain files up to a budget, are
 * durable; plain files beyond that can only be read by the tab that was given them.
 */
import { AppError } from '../../errors';
import type { ImportItem } from '../library';
import { addToSum, inTransaction, type LibraryDatabase, type LibraryTransaction } from './database';
import type { InboxRecord, OriginalRecord } from './records';

export interface InboxEntry extends InboxRecord {
  readonly id: number;
}

/** What became of the attempt to open an entry's file. */
export type OpenedEntry =
  | { readonly kind: 'file'; readonly file: File }
  /** The person must allow the page to read it again. */
  | { readonly kind: 'locked' }
  /** Another tab was given the file and can read it. */
  | { readonly kind: 'elsewhere' };

export class Inbox {
  private readonly inMemory = new Map<number, File>();

  constructor(
    private readonly database: LibraryDatabase,
    private readonly budgetBytes: number,
    /** Names this tab in the records of files that only it can read. */
    private readonly tab: string,
  ) {}

  /** Writes the items in one transaction, in their order. Throws `storage-full`. */
  async add(items: readonly ImportItem[]): Promise<void> {
    try {
      await this.write(items, this.budgetBytes);
    } catch {
      // No room for the copies, or a file that cannot be copied: where the reason lies deeper, the
      // same comes out of writing the records alone.
      await this.write(items, 0);
    }
  }

  private async write(items: readonly ImportItem[], budgetBytes: number): Promise<void> {
    const inMemory = await inTransaction(this.database, async (transaction) => {
      const kept: (readonly [number, File])[] = [];
      let room = budgetBytes - (await addToSum(transaction, 'inboxBytes', 0));
      let copied = 0;
      for (const item of items) {
        const record = this.recordOf(item, room);
        if (record.source.kind === 'blob') {
          room -= record.source.blob.size;
          copied += record.source.blob.size;
        }
        const id = await transaction.objectStore('inbox').add(record);
        if (record.source.kind === 'memory') kept.push([id, item.source as File]);
      }
      await addToSum(transaction, 'inboxBytes', copied);
      return kept;
    });
    for (const [id, file] of inMemory) this.inMemory.set(id, file);
  }

  /** The next entries after `afterId`, in the order in which they came. */
  async next(afterId: number, limit: number): Promise<readonly InboxEntry[]> {
    const range = IDBKeyRange.lowerBound(afterId, true);
    const { store } = this.database.transaction('inbox');
    const [ids, records] = await Promise.all([
      store.getAllKeys(range, limit),
      store.getAll(range, limit),
    ]);
    return records.map((record, index) => ({ ...record, id: ids[index] as number }));
  }

  /** Throws `source-gone` and `file-unreadable`. */
  async open({ id, path, source, modifiedAt }: InboxEntry): Promise<OpenedEntry> {
    if (source.kind === 'handle') return await openHandle(source.handle);
    if (source.kind === 'blob') {
      const options = modifiedAt === undefined ? {} : { lastModified: modifiedAt };
      return { kind: 'file', file: new File([source.blob], path, options) };
    }
    const file = this.inMemory.get(id);
    return file ? { kind: 'file', file } : { kind: 'elsewhere' };
  }

  /** Those of the entries that still wait: another tab may have cancelled them. */
  async waiting(
    transaction: LibraryTransaction,
    entries: readonly InboxEntry[],
  ): Promise<ReadonlySet<InboxEntry>> {
    const store = transaction.objectStore('inbox');
    const keys = await Promise.all(entries.map(({ id }) => store.getKey(id)));
    return new Set(entries.filter((_, index) => keys[index] !== undefined));
  }

  /** Takes waiting entries out, once they are in the library or have failed. */
  async delete(transaction: LibraryTransaction, entries: readonly InboxEntry[]): Promise<void> {
    const copied = entries.reduce((sum, { source }) => sum + copiedBytes(source), 0);
    for (const { id } of entries) await transaction.objectStore('inbox').delete(id);
    await addToSum(transaction, 'inboxBytes', -copied);
  }

  /** To be called once a transaction that deleted these entries is done. */
  forget(entries: readonly InboxEntry[]): void {
    for (const { id } of entries) this.inMemory.delete(id);
  }

  async clear(): Promise<void> {
    await inTransaction(this.database, async (transaction) => {
      const bytes = await addToSum(transaction, 'inboxBytes', 0);
      await transaction.objectStore('inbox').clear();
      await addToSum(transaction, 'inboxBytes', -bytes);
    });
    this.inMemory.clear();
  }

  private recordOf({ path, source, folder, attribution }: ImportItem, room: number): InboxRecord {
    const common = { path, ...(attribution ? { attribution } : {}) };
    if (!(source instanceof File)) {
      return {
        ...common,
        source: { kind: 'handle', handle: source, ...(folder ? { folder } : {}) },
      };
    }
    return {
      ...common,
      modifiedAt: source.lastModified,
      source:
        source.size <= room
          ? { kind: 'blob', blob: source }
          : { kind: 'memory', tab: this.tab, bytes: source.size },
    };
  }
}

/** Where the entry's file lies, if it can be opened again later. */
export function originalOf({ source }: InboxEntry): OriginalRecord | undefined {
  if (source.kind !== 'handle') return undefined;
  const { handle, folder } = source;
  return { handle, ...(folder ? { folder } : {}) };
}

function copiedBytes(source: InboxRecord['source']): number {
  return source.kind === 'blob' ? source.blob.size : 0;
}

async function openHandle(handle: FileSystemFileHandle): Promise<OpenedEntry> {
  if ((await handle.queryPermission({ mode: 'read' })) !== 'granted') return { kind: 'locked' };
  try {
    return { kind: 'file', file: await handle.getFile() };
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'NotAllowedError') {
      return { kind: 'locked' };
    }
    if (cause instanceof DOMException && cause.name === 'NotFoundError') {
      throw new AppError('source-gone', 'The file is no longer where it was.', {}, { cause });
    }
    throw new AppError('file-unreadable', 'The file cannot be read.', {}, { cause });
  }
}
