/**
 * Failures as values that a person can act on.
 *
 * Every failure that may reach the screen is an {@link AppError}: its code picks the sentences
 * that say what happened and what to do (`errors.<code>` in the translations, filled in with
 * `params`), its message says the same in English for the console, its cause keeps the origin.
 */

export const errorCodes = [
  'cancelled',
  'internal',
  'page-insecure',
  // Model packages
  'manifest-unreachable',
  'manifest-invalid',
  'download-failed',
  'export-download-failed',
  'sample-unreachable',
  'checksum-mismatch',
  'graph-missing',
  'tokenizer-invalid',
  'manifest-missing',
  'several-models',
  'model-file-missing',
  'model-damaged',
  'model-gone',
  'cross-origin-refused',
  'zip-unreadable',
  'export-unusable',
  'storage-short',
  'model-storage-full',
  // Engine
  'backend-unavailable',
  'backend-slow',
  'session-failed',
  'run-failed',
  'device-lost',
  'engine-timeout',
  'engine-stopped',
  'text-empty',
  // Library
  'file-empty',
  'file-unreadable',
  'partly-unreadable',
  'file-not-a-photo',
  'photo-broken',
  'photo-unsupported',
  'photo-too-large',
  'storage-full',
  'storage-unavailable',
  'app-outdated',
  'permission-denied',
  'source-gone',
  'file-not-kept',
  // Search
  'kernel-failed',
  'photo-not-indexed',
  // Captions
  'caption-empty',
  // Export
  'sidecar-unreadable',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** Values for the placeholders of an error's sentences. */
export type ErrorParams = Readonly<Record<string, string | number>>;

/** An error as it crosses a worker boundary, where classes are lost. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly params: ErrorParams;
  readonly cause?: string;
}

export class AppError extends Error {
  override readonly name = 'AppError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly params: ErrorParams = {},
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }

  /** Anything thrown, as an AppError; what is none already becomes `fallback`. */
  static from(thrown: unknown, fallback: ErrorCode = 'internal'): AppError {
    if (thrown instanceof AppError) return thrown;
    if (thrown instanceof DOMException && thrown.name === 'AbortError') {
      return new AppError('cancelled', 'The operation was cancelled.', {}, { cause: thrown });
    }
    if (thrown instanceof DOMException && thrown.name === 'QuotaExceededError') {
      return new AppError(
        'storage-full',
        'The browser has no storage left.',
        {},
        { cause: thrown },
      );
    }
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new AppError(fallback, message, { detail: message }, { cause: thrown });
  }

  toWire(): WireError {
    const { cause } = this;
    const origin = cause instanceof Error ? (cause.stack ?? cause.message) : cause;
    return {
      code: this.code,
      message: this.message,
      params: this.params,
      ...(origin === undefined ? {} : { cause: String(origin) }),
    };
  }

  static fromWire(wire: WireError): AppError {
    return new AppError(wire.code, wire.message, wire.params, { cause: wire.cause });
  }
}

/** Throws `cancelled` once the signal has been aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AppError('cancelled', 'The operation was cancelled.');
}
