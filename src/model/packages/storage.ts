/**
 * Packages in the browser's Cache API, one cache a model key. Files lie there in parts, so that a
 * broken download goes on where it stopped and no file need be in memory as a whole; they are named
 * by their digest, so that parts of different files never mix. The last part is written only once
 * the digest of the whole is known to be right: a file that has its last part is complete.
 */
import * as v from 'valibot';
import { AppError } from '../../errors';
import type { ModelKey } from '../encoding';
import type { Manifest, PackageFile } from '../manifest';
import { neededFiles, parseManifest, tokenizersOf } from '../package';
import type { PackageOrigin } from './source';

export const partBytes = 8 * 2 ** 20;

const prefix = 'model:';
/** The package is whole, or is on its way. */
export type RecordKind = 'kept' | 'arriving';

const recordSchema = v.object({
  manifestText: v.string(),
  origin: v.object({
    kind: v.picklist(['site', 'url', 'folder', 'zip', 'split']),
    name: v.string(),
  }),
  /** Milliseconds since 1970. */
  addedAt: v.number(),
});

export interface PackageRecord {
  readonly manifestText: string;
  readonly origin: PackageOrigin;
  readonly addedAt: number;
}

/** A package of which something lies in the browser. */
export interface StoredPackage {
  readonly key: ModelKey;
  readonly manifest: Manifest;
  readonly origin: PackageOrigin;
  readonly addedAt: number;
  /** False: its download stopped before all of it was there. */
  readonly complete: boolean;
  readonly bytes: number;
}

function allCaches(): CacheStorage {
  // Some private windows have none.
  if (!globalThis.caches) {
    throw new AppError('storage-unavailable', 'This browser keeps no files for the page.');
  }
  return globalThis.caches;
}

export class PackageStorage {
  private constructor(private readonly cache: Cache) {}

  /** @throws AppError `storage-unavailable` */
  static async open(key: ModelKey): Promise<PackageStorage> {
    try {
      return new PackageStorage(await allCaches().open(prefix + key));
    } catch (cause) {
      throw AppError.from(cause, 'storage-unavailable');
    }
  }

  async readRecord(kind: RecordKind): Promise<PackageRecord | undefined> {
    return await parseRecord(await this.cache.match(entry(kind)));
  }

  async writeRecord(kind: RecordKind, record: PackageRecord): Promise<void> {
    await this.write(entry(kind), JSON.stringify(record));
  }

  async isComplete(file: PackageFile): Promise<boolean> {
    return (await this.cache.match(partEntry(file, partCount(file) - 1))) !== undefined;
  }

  /** Bytes of the file's beginning that are here, in whole parts. */
  async arrivedBytes(file: PackageFile): Promise<number> {
    let parts = 0;
    while (parts < partCount(file) && (await this.cache.match(partEntry(file, parts)))) parts++;
    return Math.min(parts * partBytes, file.bytes);
  }

  /** A part of a file, and the version of the file that it was taken from. */
  async readPart(
    file: PackageFile,
    index: number,
  ): Promise<{ bytes: Uint8Array<ArrayBuffer>; version: string | undefined } | undefined> {
    const response = await this.cache.match(partEntry(file, index));
    if (!response) return undefined;
    return {
      bytes: new Uint8Array(await response.arrayBuffer()),
      version: response.headers.get('ETag') ?? undefined,
    };
  }

  /** @throws AppError `storage-full`, `storage-unavailable` */
  async writePart(
    file: PackageFile,
    index: number,
    bytes: Uint8Array<ArrayBuffer>,
    version?: string,
  ): Promise<void> {
    await this.write(partEntry(file, index), bytes, version);
  }

  async deleteParts(file: PackageFile): Promise<void> {
    // The last one first: without it the file counts as incomplete.
    for (let index = partCount(file) - 1; index >= 0; index--) {
      await this.cache.delete(partEntry(file, index));
    }
  }

  /** A tokenizer, for which manifests have no digest. */
  async readText(path: string): Promise<string | undefined> {
    return (await this.cache.match(textEntry(path)))?.text();
  }

  /** @throws AppError `storage-full`, `storage-unavailable` */
  async writeText(path: string, text: string): Promise<void> {
    await this.write(textEntry(path), text);
  }

  /** From now on the package is kept; what no file of it needs is dropped. */
  async finish(record: PackageRecord, files: readonly PackageFile[]): Promise<void> {
    await this.writeRecord('kept', record);
    await this.cache.delete(entry('arriving'));
    const needed = new Set(files.map(({ sha256 }) => sha256));
    for (const { url } of await this.cache.keys()) {
      const digest = /\/files\/([0-9a-f]{64})\//.exec(url)?.[1];
      if (digest && !needed.has(digest)) await this.cache.delete(url);
    }
  }

  private async write(
    url: string,
    content: Uint8Array<ArrayBuffer> | string,
    version?: string,
  ): Promise<void> {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    const headers = new Headers({ 'Content-Length': String(bytes.length) });
    if (version) headers.set('ETag', version);
    try {
      await this.cache.put(url, new Response(bytes, { headers }));
    } catch (cause) {
      throw AppError.from(cause, 'storage-unavailable');
    }
  }
}

/** Entries need addresses; these are never requested. */
function entry(path: string): string {
  return `/kept-model/${path}`;
}

function partEntry({ sha256 }: PackageFile, index: number): string {
  return entry(`files/${sha256}/${index}`);
}

function textEntry(path: string): string {
  return entry(`texts/${encodeURIComponent(path)}`);
}

function partCount({ bytes }: PackageFile): number {
  return Math.ceil(bytes / partBytes);
}

async function parseRecord(response: Response | undefined): Promise<PackageRecord | undefined> {
  return response && v.parse(recordSchema, await response.json());
}

/** An entry of a package; unlike to open its cache, to look for it there makes none. */
async function look(key: ModelKey, url: string): Promise<Response | undefined> {
  return await allCaches().match(url, { cacheName: prefix + key });
}

/** Every package of which something lies here, the one added last at the end. */
export async function storedPackages(): Promise<readonly StoredPackage[]> {
  const packages: StoredPackage[] = [];
  for (const key of await storedKeys()) {
    const kept = await keptPackage(key);
    const record = kept ?? (await parseRecord(await look(key, entry('arriving'))));
    // A storage that was full from the first, or a package that begins to arrive right now.
    if (!record) continue;
    const { origin, addedAt, manifestText } = record;
    try {
      const manifest = parseManifest(manifestText, origin.name);
      const bytes = await storedBytes(key, manifest);
      packages.push({ key, manifest, origin, addedAt, complete: kept !== undefined, bytes });
    } catch (cause) {
      // Kept by another version of the app, which may come back; this one cannot use it.
      console.warn(`The kept model ${key} cannot be read.`, cause);
    }
  }
  return packages.sort((a, b) => a.addedAt - b.addedAt);
}

/** Bytes of what lies here of a package. */
async function storedBytes(key: ModelKey, manifest: Manifest): Promise<number> {
  const parts = neededFiles(manifest).flatMap((file) =>
    Array.from({ length: partCount(file) }, (_, index) => partEntry(file, index)),
  );
  const texts = tokenizersOf(manifest).map(textEntry);
  let sum = 0;
  for (const url of [entry('kept'), entry('arriving'), ...texts, ...parts]) {
    sum += Number((await look(key, url))?.headers.get('Content-Length') ?? 0);
  }
  return sum;
}

/** The record of a package that is whole. */
export async function keptPackage(key: ModelKey): Promise<PackageRecord | undefined> {
  return await parseRecord(await look(key, entry('kept')));
}

/** What an earlier visit kept of a package of this site. */
export async function keptSitePackage(address: string): Promise<PackageRecord | undefined> {
  const records = await siteRecords(address);
  return records.map(({ record }) => record).sort((a, b) => b.addedAt - a.addedAt)[0];
}

/** Drops the other versions of a package of this site. */
export async function removeOlderVersions(address: string, current: ModelKey): Promise<void> {
  for (const { key } of await siteRecords(address)) if (key !== current) await removePackage(key);
}

/** Drops all that lies here of a package, whole or not. */
export async function removePackage(key: ModelKey): Promise<void> {
  await allCaches().delete(prefix + key);
}

/** Drops what has arrived of a package that is not whole; an older one of the same key stays. */
export async function removeUnfinished(key: ModelKey): Promise<void> {
  const kept = await keptPackage(key);
  if (!kept) {
    await removePackage(key);
    return;
  }
  const files = neededFiles(parseManifest(kept.manifestText, kept.origin.name));
  await (await PackageStorage.open(key)).finish(kept, files);
}

async function siteRecords(
  address: string,
): Promise<readonly { readonly key: ModelKey; readonly record: PackageRecord }[]> {
  const found = [];
  for (const key of await storedKeys()) {
    const record = await keptPackage(key);
    if (record?.origin.kind === 'site' && record.origin.name === address) {
      found.push({ key, record });
    }
  }
  return found;
}

async function storedKeys(): Promise<readonly ModelKey[]> {
  const names = await allCaches().keys();
  return names
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length) as ModelKey);
}
