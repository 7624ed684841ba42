/** Tells listeners what happens in the library; of progress only now and then. */
import { Throttle } from '../throttle';
import type { ImportFailure, IndexingState, LibraryEvent } from './library';

/** Events that tell of progress come at most this often. */
const progressMs = 200;

export interface Watched {
  indexing(): IndexingState;
  failures(): readonly ImportFailure[];
}

export class LibraryEvents {
  readonly #listeners = new Set<(event: LibraryEvent) => void>();
  readonly #progress = new Throttle(progressMs, () => this.#emitProgress());
  #statusBefore: IndexingState['status'] = 'idle';
  #failuresBefore: readonly ImportFailure[] = [];

  constructor(private readonly library: Watched) {}

  subscribe(listener: (event: LibraryEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes what is there at the start as known. */
  begin(): void {
    this.#statusBefore = this.library.indexing().status;
    this.#failuresBefore = this.library.failures();
  }

  emit(event: LibraryEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  /** A new status is told at once, counts now and then. */
  showProgress(): void {
    if (this.library.indexing().status === this.#statusBefore) this.#progress.ask();
    else this.#progress.now();
  }

  stop(): void {
    this.#progress.stop();
    this.#listeners.clear();
  }

  #emitProgress(): void {
    const state = this.library.indexing();
    this.#statusBefore = state.status;
    this.emit({ type: 'indexing', state });
    const failures = this.library.failures();
    if (failures === this.#failuresBefore) return;
    this.#failuresBefore = failures;
    this.emit({ type: 'failures', failures });
  }
}
