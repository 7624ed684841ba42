/** The addresses by which the engine is told which package to use. */
import type { ModelKey } from '../encoding';
import type { PackageOrigin } from './source';

const keptScheme = 'kept:';

/** Address of a package that the browser keeps. */
export function keptAddress(key: ModelKey): string {
  return keptScheme + encodeURIComponent(key);
}

/** The model of a {@link keptAddress}; undefined for the address of a folder. */
export function keyOfAddress(address: string): ModelKey | undefined {
  if (!address.startsWith(keptScheme)) return undefined;
  return decodeURIComponent(address.slice(keptScheme.length)) as ModelKey;
}

/** An address that a worker understands too, whose own base is another than the page's. */
export function absoluteAddress(address: string, base: string | undefined): string {
  return keyOfAddress(address) ? address : folderUrl(address, base);
}

/** Address of a package's folder, with the slash that makes relative addresses fall into it. */
export function folderUrl(url: string, base?: string): string {
  const folder = new URL(url, base);
  folder.pathname = folder.pathname.replace(/\/manifest\.json$/, '/');
  if (!folder.pathname.endsWith('/')) folder.pathname += '/';
  return folder.href;
}

/** Where the engine finds a package of which something lies in the browser. */
export function packageAddress({
  key,
  origin,
}: {
  readonly key: ModelKey;
  readonly origin: PackageOrigin;
}): string {
  return origin.kind === 'site' ? origin.name : keptAddress(key);
}
