/** Brings one file of a package from its source into the browser's storage, part by part. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { AppError, throwIfAborted } from '../../errors';
import type { PackageFile } from '../manifest';
import type { PackageSource } from './source';
import { type PackageStorage, partBytes } from './storage';

/** How much of a package has come, into the browser's storage or into memory. */
export interface LoadProgress {
  readonly loadedBytes: number;
  readonly totalBytes: number;
}

export interface ReceiveOptions {
  /** Where the whole file is wanted at once: `file.bytes` long. */
  readonly into?: Uint8Array<ArrayBuffer>;
  /** Called with the bytes that have come since the last call; fewer than none where they are lost. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
  /** Where given, a file that cannot be kept is received all the same; the first trouble is told. */
  readonly onUnkept?: ((error: AppError) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Goes on behind the parts that are kept already. A file whose digest turns out wrong behind kept
 * parts is read once more from its beginning, as those may be of an older version of it.
 *
 * @param storage null where the browser keeps nothing
 * @throws AppError `download-failed`, `model-file-missing`, `checksum-mismatch`, `storage-full`,
 * `storage-unavailable`, `cancelled`
 */
export async function receiveFile(
  storage: PackageStorage | null,
  source: PackageSource,
  file: PackageFile,
  options: ReceiveOptions = {},
): Promise<void> {
  const reception = new Reception(storage, file, options);
  await reception.takeKeptParts();
  const resumed = reception.received > 0;
  if (await reception.takeFrom(source)) return;
  if (resumed) {
    await reception.startOver();
    if (await reception.takeFrom(source)) return;
  }
  await reception.startOver();
  throw new AppError(
    'checksum-mismatch',
    `${file.file} is not the file that the model's manifest describes.`,
    { file: file.file },
  );
}

class Reception {
  received = 0;
  #hash = sha256.create();
  #version: string | undefined;
  /** The part that is being filled; its buffer is used again for the next one. */
  readonly #part: Uint8Array<ArrayBuffer>;

  constructor(
    private storage: PackageStorage | null,
    private readonly file: PackageFile,
    private readonly options: ReceiveOptions,
  ) {
    this.#part = new Uint8Array(Math.min(partBytes, file.bytes));
  }

  async takeKeptParts(): Promise<void> {
    for (let index = 0; this.received < this.file.bytes; index++) {
      throwIfAborted(this.options.signal);
      const part = await this.storage?.readPart(this.file, index);
      // The last part is there only if the file is complete, and then nothing need be received.
      if (part?.bytes.length !== partBytes) return;
      this.#take(part.bytes);
      this.#version = part.version;
    }
  }

  /** True once the file is whole and right, and kept. */
  async takeFrom(source: PackageSource): Promise<boolean> {
    const { file, options } = this;
    const { signal } = options;
    const opened = await source.open(file.file, {
      from: this.received,
      version: this.#version,
      signal,
    });
    if (opened.from !== this.received) await this.startOver();
    this.#version = opened.version;
    const reader = opened.stream.getReader();
    try {
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        throwIfAborted(signal);
        await this.#receive(read.value);
      }
    } catch (cause) {
      if (cause instanceof AppError || signal?.aborted) throw AppError.from(cause);
      throw broken(file, `it broke off after ${this.received} of ${file.bytes} bytes`, cause);
    } finally {
      // Ends a download that is not wanted any more; of one that is through nothing comes.
      reader.cancel().catch(() => undefined);
    }
    if (this.received < file.bytes) {
      throw broken(file, `it ends after ${this.received} of ${file.bytes} bytes`);
    }
    if (bytesToHex(this.#hash.digest()) !== file.sha256) return false;
    await this.#keepPart();
    return true;
  }

  /** Forgets what has come, kept parts included. */
  async startOver(): Promise<void> {
    this.options.onBytes?.(-this.received);
    this.received = 0;
    this.#hash = sha256.create();
    this.#version = undefined;
    await this.storage?.deleteParts(this.file);
  }

  /** A piece of any length; full parts are kept, but for the last one, which awaits the digest. */
  async #receive(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.received + bytes.length > this.file.bytes) {
      throw broken(this.file, `it is longer than ${this.file.bytes} bytes`);
    }
    for (let start = 0; start < bytes.length; ) {
      const filled = this.received % partBytes;
      const piece = bytes.subarray(start, start + partBytes - filled);
      this.#part.set(piece, filled);
      this.#take(piece);
      start += piece.length;
      const isFull = filled + piece.length === partBytes;
      if (isFull && this.received < this.file.bytes) await this.#keepPart();
    }
  }

  #take(bytes: Uint8Array<ArrayBuffer>): void {
    this.#hash.update(bytes);
    this.options.into?.set(bytes, this.received);
    this.received += bytes.length;
    this.options.onBytes?.(bytes.length);
  }

  /** The part that the last received byte belongs to. */
  async #keepPart(): Promise<void> {
    const index = Math.ceil(this.received / partBytes) - 1;
    const bytes = this.#part.subarray(0, this.received - index * partBytes);
    try {
      await this.storage?.writePart(this.file, index, bytes, this.#version);
    } catch (thrown) {
      if (!this.options.onUnkept) throw thrown;
      this.options.onUnkept(AppError.from(thrown));
      this.storage = null;
    }
  }
}

function broken({ file }: PackageFile, detail: string, cause?: unknown): AppError {
  return new AppError(
    'download-failed',
    `${file} of the model cannot be read: ${detail}.`,
    { file, detail },
    { cause },
  );
}
