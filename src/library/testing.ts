/** What the library's tests share: a decoder and an encoder that work on plain text files. */
import { createHash } from 'node:crypto';
import { IDBFactory } from 'fake-indexeddb';
import { vi } from 'vitest';
import { AppError, throwIfAborted } from '../errors';
import type { ImageEncoder, ImageEncoding, ModelKey, ModelPixels } from '../model/encoding';
import { createLibrary, type LibraryOptions } from './create-library';
import type { DecodeOptions, PhotoDecoder } from './decode/pool';
import type { PhotoIdentity, PreparedPhoto } from './decode/protocol';
import type { ImportItem, IndexingState, Library, PhotoId } from './library';

/** Tabs of the same library hear each other, those of an earlier test's must not. */
let browsers = 0;

/** Of the library that {@link openLibrary} opens. */
export function libraryName(): string {
  return `library of browser ${browsers}`;
}

/** A browser with nothing stored. */
export function freshBrowser(): void {
  browsers++;
  vi.stubGlobal('indexedDB', new IDBFactory());
  vi.stubGlobal('navigator', { locks: new QueuedLocks() });
}

function untilAborted(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason));
    promise.then(resolve, reject);
  });
}

/** Web Locks, as far as tabs use them: exclusive, in the order of the requests. */
class QueuedLocks {
  private readonly last = new Map<string, Promise<void>>();
  private readonly held = new Set<string>();

  async request(
    name: string,
    { signal }: { readonly signal?: AbortSignal },
    work: () => Promise<void>,
  ): Promise<void> {
    const before = this.last.get(name) ?? Promise.resolve();
    const running = untilAborted(before, signal).then(async () => {
      this.held.add(name);
      await work().finally(() => this.held.delete(name));
    });
    this.last.set(
      name,
      Promise.allSettled([before, running]).then(() => {}),
    );
    await running;
  }

  async query(): Promise<{ readonly held: readonly { readonly name: string }[] }> {
    return { held: [...this.held].map((name) => ({ name })) };
  }
}

export function photoId(content: string): PhotoId {
  return createHash('sha256').update(content).digest('hex');
}

/** A file whose text stands for its picture; "broken…" cannot be decoded. */
export function item(path: string, content = path): ImportItem {
  return { path, source: new File([content], path, { lastModified: 1000 }) };
}

function pixelsOf(content: string): ModelPixels {
  const data = new Uint8Array(12);
  data.set(createHash('sha256').update(content).digest().subarray(0, 12));
  return { size: 2, data };
}

export class TextFileDecoder implements PhotoDecoder {
  readonly prepared: string[] = [];

  async identify(file: Blob, { signal }: DecodeOptions = {}): Promise<PhotoIdentity> {
    throwIfAborted(signal);
    const content = await file.text();
    if (content === '') throw new AppError('file-empty', 'The file is empty.');
    return { id: photoId(content), type: 'image/png', megapixels: 1 };
  }

  async prepare(
    file: Blob,
    _identity: PhotoIdentity,
    modelSize: number | null,
    { signal }: DecodeOptions = {},
  ): Promise<PreparedPhoto> {
    throwIfAborted(signal);
    const content = await file.text();
    if (content.startsWith('broken')) throw new AppError('photo-broken', 'The photo is damaged.');
    this.prepared.push(content);
    return {
      width: 40,
      height: 30,
      details: {},
      thumbnail: new TextEncoder().encode(`small ${content}`).buffer as ArrayBuffer,
      picture: { blob: new Blob([content]), original: true, showable: true },
      ...(modelSize === null ? {} : { pixels: pixelsOf(content) }),
    };
  }

  async preparePixels({ blob }: { readonly blob: Blob }): Promise<ModelPixels> {
    return pixelsOf(await blob.text());
  }

  close(): void {}
}

/** Tokens are the pixels; `trouble` is thrown by the calls that come next, one each. */
export class PixelEncoder implements ImageEncoder {
  readonly inputSize = 2;
  readonly batchSize = 2;
  usesTokens = true;
  readonly trouble: AppError[] = [];
  encoded = 0;
  /** Called before each batch. */
  onBatch: () => void = () => {};
  /** What each batch waits for. */
  before: Promise<void> = Promise.resolve();

  constructor(readonly modelKey: ModelKey = 'model@1') {}

  async encodeImages(
    photos: readonly ModelPixels[],
    signal?: AbortSignal,
  ): Promise<readonly ImageEncoding[]> {
    this.onBatch();
    await new Promise((resolve) => setTimeout(resolve));
    await this.before;
    throwIfAborted(signal);
    const trouble = this.trouble.shift();
    if (trouble) throw trouble;
    this.encoded += photos.length;
    return photos.map(({ data }) => ({
      embedding: Float32Array.from(data.subarray(0, 4)),
      tokens: Float32Array.from(data),
    }));
  }
}

export interface OpenedLibrary {
  readonly library: Library;
  readonly decoder: TextFileDecoder;
}

/** Opens the library as a page does that is loaded anew. */
export async function openLibrary(options: LibraryOptions = {}): Promise<OpenedLibrary> {
  const decoder = new TextFileDecoder();
  const library = await createLibrary({ name: libraryName(), decoder, ...options });
  return { library, decoder };
}

/** Waits for a state of the indexing. */
export function indexing(
  library: Library,
  wanted: (state: IndexingState) => boolean,
): Promise<IndexingState> {
  const check = () => {
    const state = library.indexing();
    return wanted(state) ? state : undefined;
  };
  return vi.waitUntil(check, { timeout: 10_000, interval: 5 });
}

/** Waits until nothing is left to do. */
export function idle(library: Library): Promise<IndexingState> {
  return indexing(library, ({ status }) => status === 'idle');
}
