/** Files and folders that the browser would not open: told of at the end, when all else is taken in. */
import { AppError } from '../../errors';

/** So many of them are named. */
const named = 3;

export class Unreadable {
  readonly #paths: string[] = [];
  #cause: unknown;

  /** Notes a path for what reading it threw. Anything but the browser's refusal is thrown again. */
  note(path: string, cause: unknown): void {
    if (!(cause instanceof DOMException)) throw cause;
    this.#paths.push(path);
    this.#cause ??= cause;
  }

  /** @throws AppError `partly-unreadable` where anything was noted */
  report(): void {
    if (this.#paths.length === 0) return;
    const paths =
      this.#paths.slice(0, named).join(', ') + (this.#paths.length > named ? ', …' : '');
    const message = `${this.#paths.length} files or folders could not be read: ${paths}`;
    throw new AppError('partly-unreadable', message, { paths }, { cause: this.#cause });
  }
}
