/** A package in a ZIP file, read where it lies: only the entry that is asked for passes through memory. */
import { AppError } from '../../errors';
import { missingFrom, packageRoot } from './folder-source';
import type { PackageSource } from './source';

/** Of the ZIP format, as APPNOTE.TXT (PKWARE) describes it. */
interface ZipEntry {
  readonly path: string;
  /** 0: stored, 8: deflated. */
  readonly method: number;
  readonly encrypted: boolean;
  readonly compressedBytes: number;
  /** Where the entry's local header begins. */
  readonly offset: number;
}

const endSignature = 0x06054b50;
const end64Signature = 0x06064b50;
const end64LocatorSignature = 0x07064b50;
const entrySignature = 0x02014b50;
const localSignature = 0x04034b50;
const endBytes = 22;
const longestComment = 0xffff;
/** Stands for a number that the ZIP64 record holds instead. */
const tooLarge = 0xffffffff;

/** @throws AppError `zip-unreadable`, and as {@link packageRoot} */
export async function zipSource(zip: File): Promise<PackageSource> {
  const entries = await readDirectory(zip).catch((cause) => {
    throw cause instanceof AppError ? cause : unreadable(zip, 'its directory is damaged', cause);
  });
  const root = packageRoot(
    entries.map(({ path }) => path),
    zip.name,
  );
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));

  async function read(path: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const entry = byPath.get(root + path);
    if (!entry) throw missingFrom(zip.name, path);
    return contentOf(zip, entry);
  }
  return {
    origin: { kind: 'zip', name: zip.name },
    manifest: async () => new Response(await read('manifest.json')).text(),
    open: async (path, { from }) => ({
      stream: (await read(path)).pipeThrough(withoutFirst(from)),
      from,
    }),
  };
}

async function readDirectory(zip: File): Promise<readonly ZipEntry[]> {
  const tailStart = Math.max(0, zip.size - endBytes - longestComment);
  const tail = await view(zip, tailStart, zip.size);
  let end = tail.byteLength - endBytes;
  while (end >= 0 && tail.getUint32(end, true) !== endSignature) end--;
  if (end < 0) throw unreadable(zip, 'it is no ZIP file, or its end is missing');

  let size = tail.getUint32(end + 12, true);
  let start = tail.getUint32(end + 16, true);
  if (start === tooLarge || size === tooLarge) {
    const locator = await view(zip, tailStart + end - 20, tailStart + end);
    if (locator.getUint32(0, true) !== end64LocatorSignature) {
      throw unreadable(zip, 'its directory is missing');
    }
    const record = Number(locator.getBigUint64(8, true));
    const end64 = await view(zip, record, record + 56);
    if (end64.getUint32(0, true) !== end64Signature) {
      throw unreadable(zip, 'its directory is missing');
    }
    size = Number(end64.getBigUint64(40, true));
    start = Number(end64.getBigUint64(48, true));
  }
  return entriesOf(zip, await view(zip, start, start + size));
}

function entriesOf(zip: File, directory: DataView): readonly ZipEntry[] {
  const entries: ZipEntry[] = [];
  for (let at = 0; at + 46 <= directory.byteLength; ) {
    if (directory.getUint32(at, true) !== entrySignature) {
      throw unreadable(zip, 'its directory is damaged');
    }
    const nameLength = directory.getUint16(at + 28, true);
    const extraLength = directory.getUint16(at + 30, true);
    const commentLength = directory.getUint16(at + 32, true);
    const extra = at + 46 + nameLength;
    const wide = wideNumbers(directory, extra, extra + extraLength);
    // The wide numbers stand in this order, each only where its narrow one is too large.
    const narrow = [24, 20, 42].map((field) => directory.getUint32(at + field, true));
    const [, compressedBytes = 0, offset = 0] = narrow.map((number) =>
      number === tooLarge ? (wide.shift() ?? number) : number,
    );
    const name = new Uint8Array(directory.buffer, directory.byteOffset + at + 46, nameLength);
    entries.push({
      path: new TextDecoder().decode(name),
      method: directory.getUint16(at + 10, true),
      encrypted: (directory.getUint16(at + 8, true) & 1) === 1,
      compressedBytes,
      offset,
    });
    at = extra + extraLength + commentLength;
  }
  return entries;
}

/** The 64-bit numbers of an entry's extra field 1. */
function wideNumbers(directory: DataView, start: number, end: number): number[] {
  for (let at = start; at + 4 <= end; ) {
    const length = directory.getUint16(at + 2, true);
    if (directory.getUint16(at, true) === 1) {
      return Array.from({ length: Math.floor(Math.min(length, 24) / 8) }, (_, index) =>
        Number(directory.getBigUint64(at + 4 + 8 * index, true)),
      );
    }
    at += 4 + length;
  }
  return [];
}

async function contentOf(
  zip: File,
  { path, method, encrypted, compressedBytes, offset }: ZipEntry,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  if (encrypted) throw unreadable(zip, `${path} is encrypted`);
  const header = await view(zip, offset, offset + 30);
  if (header.byteLength < 30 || header.getUint32(0, true) !== localSignature) {
    throw unreadable(zip, `${path} is not where the directory says`);
  }
  // Its extra field may be longer than the directory's.
  const start = offset + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  const content = zip.slice(start, start + compressedBytes).stream();
  if (method === 0) return content;
  if (method === 8) return content.pipeThrough(new DecompressionStream('deflate-raw'));
  throw unreadable(zip, `${path} is compressed by method ${method}`);
}

/** Drops so many bytes from the beginning. */
function withoutFirst(
  count: number,
): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let left = count;
  return new TransformStream({
    transform(chunk, controller) {
      const rest = chunk.subarray(Math.min(left, chunk.length));
      left -= chunk.length - rest.length;
      if (rest.length > 0) controller.enqueue(rest);
    },
  });
}

async function view(zip: File, start: number, end: number): Promise<DataView> {
  return new DataView(await zip.slice(start, end).arrayBuffer());
}

function unreadable(zip: File, detail: string, cause?: unknown): AppError {
  return new AppError(
    'zip-unreadable',
    `${zip.name} cannot be read: ${detail}.`,
    { name: zip.name, detail },
    { cause },
  );
}
