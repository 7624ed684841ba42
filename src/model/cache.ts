/**
 * Model files kept in the browser's Cache API: one cache a model key, so that a version is dropped
 * as a whole.
 */
import { AppError } from '../errors';
import type { ModelKey } from './encoding';

const prefix = 'model:';

/** Where there is no Cache API (some private windows) models still run, unkept. */
function storage(): CacheStorage | undefined {
  return globalThis.caches;
}

/** The bytes kept for an address, whatever they are worth: the caller checks them. */
export async function readCachedFile(
  key: ModelKey,
  url: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const cache = await storage()?.open(prefix + key);
  const response = await cache?.match(url);
  return response && new Uint8Array(await response.arrayBuffer());
}

/** @throws AppError `storage-full`, `storage-unavailable` */
export async function writeCachedFile(
  key: ModelKey,
  url: string,
  content: Uint8Array<ArrayBuffer> | string,
): Promise<void> {
  try {
    const cache = await storage()?.open(prefix + key);
    await cache?.put(url, new Response(content));
  } catch (cause) {
    throw AppError.from(cause, 'storage-unavailable');
  }
}

/** The manifest that an earlier visit kept, under any model key. */
export async function readCachedManifest(url: string): Promise<string | undefined> {
  const response = await storage()?.match(url);
  return response?.text();
}

/** Drops what is kept of the model's other versions; an id holds no `@`, a version may. */
export async function removeStaleVersions(key: ModelKey): Promise<void> {
  const versions = prefix + key.slice(0, key.indexOf('@') + 1);
  const names = (await storage()?.keys()) ?? [];
  const stale = names.filter((name) => name.startsWith(versions) && name !== prefix + key);
  await Promise.all(stale.map((name) => storage()?.delete(name)));
}
