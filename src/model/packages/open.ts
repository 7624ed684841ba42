/** A package that the engine uses: its manifest, and its files in memory, from wherever they are. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { AppError } from '../../errors';
import type { ModelKey } from '../encoding';
import type { Manifest, PackageFile } from '../manifest';
import { modelKey, neededFiles, parseManifest } from '../package';
import { Tokenizer } from '../tokenizer';
import { keyOfAddress } from './address';
import { type ReceiveOptions, receiveFile } from './receive';
import type { PackageSource } from './source';
import {
  keptPackage,
  keptSitePackage,
  PackageStorage,
  partBytes,
  removeOlderVersions,
} from './storage';
import { urlSource } from './url-source';

export interface ModelPackage {
  readonly key: ModelKey;
  readonly manifest: Manifest;
  /** The manifest as it was read. */
  readonly manifestText: string;
  /** Null where the browser keeps no files. */
  readonly storage: PackageStorage | null;
  /** Where files that are not kept come from; null for a package that was added by hand. */
  readonly source: PackageSource | null;
}

/**
 * Opens a package that the browser keeps, or one of this site: its manifest comes from the network
 * or, where that does not give it, from what an earlier visit kept.
 *
 * @param address as `absoluteAddress` gives it
 * @param origin the only origin that packages are taken from
 * @param options `onUnkept` hears why the browser keeps no files, where it does not
 * @throws AppError `manifest-unreachable`, `manifest-invalid`, `model-gone`, `storage-unavailable`,
 * `cancelled`
 */
export async function openPackage(
  address: string,
  origin: string,
  options: Pick<ReadOptions, 'onUnkept' | 'signal'> = {},
): Promise<ModelPackage> {
  const { signal } = options;
  const key = keyOfAddress(address);
  if (key) {
    const kept = await keptPackage(key);
    if (!kept) {
      throw new AppError('model-gone', `The browser does not keep ${key} any more.`, { key });
    }
    return opened(kept.manifestText, key, null, options);
  }
  if (new URL(address).origin !== origin) {
    const detail = `it is not on ${origin}, and models are used from there only`;
    throw new AppError(
      'manifest-unreachable',
      `The model at ${address} cannot be read: ${detail}.`,
      { url: address, detail },
    );
  }
  const source = urlSource(address, 'site');
  const manifestText = await source.manifest(signal).catch(async (error) => {
    if (signal?.aborted) throw error;
    const kept = await keptSitePackage(address).catch(() => undefined);
    if (!kept) throw error;
    return kept.manifestText;
  });
  return opened(manifestText, address, source, options);
}

async function opened(
  manifestText: string,
  name: string,
  source: PackageSource | null,
  { onUnkept }: Pick<ReadOptions, 'onUnkept'>,
): Promise<ModelPackage> {
  const manifest = parseManifest(manifestText, name);
  const key = modelKey(manifest);
  // Without storage a model of this site still runs, from memory.
  const storage = await PackageStorage.open(key).catch((error) => {
    onUnkept?.(error);
    return null;
  });
  if (storage && source && !(await storage.readRecord('kept'))) {
    // What arrives is known from now on, even if not all of it does. A full storage is told of by
    // the files, which then cannot be kept either.
    const record = { manifestText, origin: source.origin, addedAt: Date.now() };
    await storage.writeRecord('arriving', record).catch(() => undefined);
  }
  return { key, manifest, manifestText, storage, source };
}

export type ReadOptions = Pick<ReceiveOptions, 'onBytes' | 'onUnkept' | 'signal'>;

/**
 * One file, whole and with the digest that the manifest gives: what is kept if it is sound, else
 * what the site gives.
 *
 * @throws AppError `model-damaged` where what is kept is broken and there is no site to ask, and
 * what {@link receiveFile} throws
 */
export async function readFile(
  { storage, source }: ModelPackage,
  file: PackageFile,
  options: ReadOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const kept = storage && (await readKeptFile(storage, file).catch(() => null));
  if (kept) {
    options.onBytes?.(file.bytes);
    return kept;
  }
  if (!source) throw damaged(file.file);
  const bytes = new Uint8Array(file.bytes);
  await receiveFile(storage, source, file, { ...options, into: bytes });
  return bytes;
}

/** Null where it is not there as a whole; broken parts are dropped. */
async function readKeptFile(
  storage: PackageStorage,
  file: PackageFile,
): Promise<Uint8Array<ArrayBuffer> | null> {
  if (!(await storage.isComplete(file))) return null;
  const bytes = new Uint8Array(file.bytes);
  for (let start = 0; start < bytes.length; start += partBytes) {
    const part = await storage.readPart(file, start / partBytes);
    if (part?.bytes.length === Math.min(partBytes, bytes.length - start)) {
      bytes.set(part.bytes, start);
    }
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  if (bytesToHex(digest) === file.sha256) return bytes;
  await storage.deleteParts(file);
  return null;
}

/**
 * A tokenizer of the package; kept only once it has been understood.
 *
 * @throws AppError `tokenizer-invalid`, `download-failed`, `model-file-missing`, `model-damaged`,
 * `cancelled`
 */
export async function readTokenizer(
  { storage, source }: ModelPackage,
  path: string,
  settings: Parameters<typeof Tokenizer.create>[1],
  { onUnkept, signal }: ReadOptions = {},
): Promise<Tokenizer> {
  const kept = await storage?.readText(path).catch(() => undefined);
  if (kept !== undefined) {
    try {
      return Tokenizer.create(kept, settings);
    } catch (error) {
      if (!source) throw error;
      // Another answer of the site may be right.
    }
  }
  if (!source) throw damaged(path);
  const text = await readText(source, path, signal);
  const tokenizer = Tokenizer.create(text, settings);
  await storage?.writeText(path, text).catch((error) => onUnkept?.(AppError.from(error)));
  return tokenizer;
}

/** @throws AppError as {@link PackageSource.open} */
export async function readText(
  source: PackageSource,
  path: string,
  signal?: AbortSignal,
): Promise<string> {
  try {
    const { stream } = await source.open(path, { from: 0, signal });
    return await new Response(stream).text();
  } catch (cause) {
    if (cause instanceof AppError || signal?.aborted) throw AppError.from(cause);
    throw new AppError(
      'download-failed',
      `${path} of the model cannot be read to its end.`,
      { file: path, detail: 'it broke off' },
      { cause },
    );
  }
}

/**
 * Notes that a package of this site has been read as far as it is needed, so that it starts without
 * a network, and drops its other versions.
 *
 * @throws AppError `storage-full`, `storage-unavailable`
 */
export async function keepPackage({
  key,
  manifest,
  manifestText,
  storage,
  source,
}: ModelPackage): Promise<void> {
  if (!storage || !source) return;
  const kept = await storage.readRecord('kept');
  const addedAt = kept?.addedAt ?? Date.now();
  await storage.finish({ manifestText, origin: source.origin, addedAt }, neededFiles(manifest));
  await removeOlderVersions(source.origin.name, key);
}

function damaged(file: string): AppError {
  return new AppError(
    'model-damaged',
    `The browser has lost ${file} of the model, or part of it.`,
    { file },
  );
}
