/** Several tabs with the same library: one indexes at a time, all see what it does. */
import type { ModelKey } from '../model/encoding';
import type { EmbeddingEntry, Photo, PhotoId } from './library';
import type { CaptionEntry } from './storage/captions';
import type { FailureKey, FailureRecord } from './storage/records';
import type { TagEntry } from './storage/tags';

/** A change of the library that has been written to the database. */
export type LibraryChange =
  | { readonly kind: 'photos-added'; readonly photos: readonly Photo[] }
  | { readonly kind: 'photos-changed'; readonly photos: readonly Photo[] }
  /** null: all of them. */
  | { readonly kind: 'photos-removed'; readonly ids: readonly PhotoId[] | null }
  | {
      readonly kind: 'embeddings-added';
      readonly modelKey: ModelKey;
      readonly entries: readonly EmbeddingEntry[];
    }
  | { readonly kind: 'index-removed'; readonly modelKey: ModelKey }
  | { readonly kind: 'failed'; readonly failures: readonly FailureRecord[] }
  | { readonly kind: 'tags-changed'; readonly entries: readonly TagEntry[] }
  | { readonly kind: 'captions-changed'; readonly entries: readonly CaptionEntry[] }
  /** Dismissed, or taken in after all; null: all of them. */
  | { readonly kind: 'failures-removed'; readonly failures: readonly FailureKey[] | null }
  /** How many entries came in, less those that left. */
  | { readonly kind: 'inbox-changed'; readonly by: number }
  | { readonly kind: 'inbox-emptied' };

/** What a tab tells the others: what it has written in one transaction, or the person's wish. */
export type TabMessage =
  | { readonly kind: 'changes'; readonly changes: readonly LibraryChange[] }
  | { readonly kind: 'paused'; readonly paused: boolean };

export class Tabs {
  /** Names this tab among those that live. */
  readonly id = crypto.randomUUID();
  private readonly channel: BroadcastChannel;
  private readonly closing = new AbortController();

  constructor(
    private readonly libraryName: string,
    onMessage: (message: TabMessage) => void,
  ) {
    this.channel = new BroadcastChannel(libraryName);
    this.channel.onmessage = ({ data }: MessageEvent<TabMessage>) => onMessage(data);
    // Held as long as the tab lives, so that others can see that it does.
    void this.lock(this.lockOfTab(this.id), () => aborted(this.closing.signal));
  }

  tell(message: TabMessage): void {
    this.channel.postMessage(message);
  }

  /** Runs `work` while no other tab runs its own; waits for them, until aborted. */
  async indexAlone(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    await this.lock(`${this.libraryName}/indexing`, work, signal);
  }

  /** Ids of the tabs that live, this one included. */
  async live(): Promise<ReadonlySet<string>> {
    const { held = [] } = (await navigator.locks?.query()) ?? {};
    const prefix = this.lockOfTab('');
    const names = held.map(({ name = '' }) => name).filter((name) => name.startsWith(prefix));
    return new Set([this.id, ...names.map((name) => name.slice(prefix.length))]);
  }

  close(): void {
    this.closing.abort();
    this.channel.close();
  }

  private lockOfTab(id: string): string {
    return `${this.libraryName}/tab/${id}`;
  }

  /** Where there are no Web Locks there is nobody to wait for. */
  private async lock(name: string, work: () => Promise<void>, signal?: AbortSignal): Promise<void> {
    if (!navigator.locks) return await work();
    await navigator.locks.request(name, signal ? { signal } : {}, work);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
}
