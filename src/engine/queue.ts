/**
 * One queue for everything that touches a session: two calls in flight at once hang onnxruntime-web,
 * in one session or in two, and creating a session is such a call.
 */
import { AppError, throwIfAborted } from '../errors';
import type { CallOptions, Priority } from './engine';

interface Entry {
  /** Never rejects. */
  run(): Promise<void>;
  reject(error: AppError): void;
}

/**
 * Runs calls one after another, interactive ones before background ones, each kind in its order.
 * A call that is aborted while it waits never runs; one under way goes on to its end, but its
 * caller is told at once. Starts paused.
 */
export class CallQueue {
  readonly #waiting: Record<Priority, Set<Entry>> = {
    interactive: new Set(),
    background: new Set(),
  };
  #paused = true;
  #running = false;

  enqueue<T>(
    call: () => Promise<T>,
    { signal, priority = 'interactive' }: CallOptions = {},
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      throwIfAborted(signal);
      const entry: Entry = {
        reject,
        run: () =>
          call()
            .then(resolve, reject)
            .finally(() => signal?.removeEventListener('abort', onAbort)),
      };
      const onAbort = () => {
        this.#waiting[priority].delete(entry);
        reject(new AppError('cancelled', 'The operation was cancelled.'));
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting[priority].add(entry);
      this.#next();
    });
  }

  /** Calls wait from now on; one under way goes on. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#next();
  }

  /** Rejects every call that waits. */
  clear(error: AppError): void {
    for (const entries of Object.values(this.#waiting)) {
      for (const entry of entries) entry.reject(error);
      entries.clear();
    }
  }

  async #next(): Promise<void> {
    if (this.#paused || this.#running) return;
    const entries = this.#waiting.interactive.size
      ? this.#waiting.interactive
      : this.#waiting.background;
    const [entry] = entries;
    if (!entry) return;
    entries.delete(entry);
    this.#running = true;
    await entry.run();
    this.#running = false;
    this.#next();
  }
}
