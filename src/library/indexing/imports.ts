/** Files on their way into the library: they come in, are held up, or are dropped. */
import { AppError, throwIfAborted } from '../../errors';
import { inGroups } from '../in-groups';
import type { ImportItem } from '../library';
import { type LibraryDatabase, writeSetting } from '../storage/database';
import type { Inbox } from '../storage/inbox';
import { requestPersistence } from '../storage-use';
import type { LibraryChange, Tabs } from '../tabs';
import type { Indexer } from './indexer';

export interface ImportsParts {
  readonly database: LibraryDatabase;
  readonly inbox: Inbox;
  readonly indexer: Indexer;
  readonly tabs: Tabs;
  readonly publish: (changes: readonly LibraryChange[]) => void;
  readonly showProgress: () => void;
}

export class Imports {
  private adding = new AbortController();

  constructor(private readonly parts: ImportsParts) {}

  /** As documented at `Library.add`. */
  async add(items: AsyncIterable<ImportItem> | Iterable<ImportItem>): Promise<void> {
    const { database, inbox, indexer, publish, showProgress } = this.parts;
    const { signal } = this.adding;
    throwIfAborted(signal);
    const files = {};
    // At once: the indexing must not look at rest while the first files are being written.
    indexer.expectMore(files);
    showProgress();
    const giveUp = () => indexer.expectNoMore(files);
    signal.addEventListener('abort', giveUp);
    try {
      await inGroups(items, signal, async (group) => {
        await inbox.add(group);
        publish([{ kind: 'inbox-changed', by: group.length }]);
        indexer.wake();
      });
    } finally {
      signal.removeEventListener('abort', giveUp);
      giveUp();
      // Paused while it waited for files that never came: nothing is left that could be resumed.
      const { status, done, failed, total } = indexer.state();
      if (status === 'paused' && done + failed === total) this.setPaused(false);
    }
    throwIfAborted(signal);
    // Only a wish: the person may never answer, and whatever comes of it changes nothing here.
    if (indexer.state().total > 0) requestPersistence(database).catch(() => {});
  }

  /** Empties the inbox by `empty`, with nothing coming in or being indexed meanwhile. */
  async drop(empty: () => Promise<void>): Promise<void> {
    this.end();
    await this.parts.indexer.hold(empty);
    this.parts.publish([{ kind: 'inbox-emptied' }]);
    this.setPaused(false);
  }

  /** Takes nothing further from imports that are still giving files; others may begin. */
  end(): void {
    this.close();
    this.adding = new AbortController();
  }

  /** Takes nothing from now on. */
  close(): void {
    this.adding.abort();
  }

  /** In all tabs, and after a reload. */
  setPaused(paused: boolean): void {
    const { database, indexer, tabs } = this.parts;
    indexer.setPaused(paused);
    tabs.tell({ kind: 'paused', paused });
    writeSetting(database, 'paused', paused).catch((thrown) =>
      indexer.fail(AppError.from(thrown, 'storage-unavailable')),
    );
  }
}
