/** Takes a package from any source into the browser's storage. */
import { AppError, throwIfAborted } from '../../errors';
import type { ModelKey } from '../encoding';
import type { Manifest, PackageFile } from '../manifest';
import { modelKey, neededFiles, parseManifest, tokenizersOf } from '../package';
import { Tokenizer } from '../tokenizer';
import { readText } from './open';
import { type LoadProgress, receiveFile } from './receive';
import type { PackageSource } from './source';
import { PackageStorage } from './storage';

export interface AddOptions {
  readonly signal?: AbortSignal;
  /** Called when the manifest has been read. */
  readonly onManifest?: (manifest: Manifest) => void;
  readonly onProgress?: (progress: LoadProgress) => void;
}

/**
 * Copies what both back ends need of a package, file by file, each checked against the manifest's
 * digest while it streams by. The package appears among the kept ones once all of it is there and
 * right. What has arrived before an error stays, and the next call with the same package goes on
 * from there.
 *
 * @throws AppError `manifest-unreachable`, `manifest-invalid`, `manifest-missing`,
 * `model-file-missing`, `download-failed`, `checksum-mismatch`, `tokenizer-invalid`,
 * `storage-short`, `model-storage-full`, `storage-unavailable`, `cancelled`
 */
export async function addPackage(
  source: PackageSource,
  { signal, onManifest, onProgress }: AddOptions = {},
): Promise<ModelKey> {
  const manifestText = await source.manifest(signal);
  const manifest = parseManifest(manifestText, source.origin.name);
  onManifest?.(manifest);
  const key = modelKey(manifest);
  const files = neededFiles(manifest);
  // Small, and the first to show that the package is for another version of the app.
  const tokenizers = new Map<string, string>();
  for (const path of tokenizersOf(manifest)) {
    const text = await readText(source, path, signal);
    Tokenizer.create(text, { maxTokens: manifest.text.maxTokens, prefix: '' });
    tokenizers.set(path, text);
  }

  const storage = await PackageStorage.open(key);
  const missing = [];
  let arrivedBytes = 0;
  for (const file of files) {
    if (await storage.isComplete(file)) continue;
    missing.push(file);
    arrivedBytes += await storage.arrivedBytes(file);
  }
  await requireRoom(sumOfBytes(missing) - arrivedBytes);
  const kept = await storage.readRecord('kept');
  // This site's own model stays that, whoever brought the rest of its files.
  const origin = kept?.origin.kind === 'site' ? kept.origin : source.origin;
  const record = { manifestText, origin, addedAt: kept?.addedAt ?? Date.now() };
  const totalBytes = sumOfBytes(files);
  let loadedBytes = totalBytes - sumOfBytes(missing);
  const onBytes = (bytes: number) => {
    loadedBytes += bytes;
    onProgress?.({ loadedBytes, totalBytes });
  };
  onBytes(0);
  try {
    await storage.writeRecord('arriving', record);
    for (const file of missing) {
      throwIfAborted(signal);
      await receiveFile(storage, source, file, { onBytes, signal });
    }
    for (const [path, text] of tokenizers) await storage.writeText(path, text);
    await storage.finish(record, files);
  } catch (thrown) {
    const error = AppError.from(thrown);
    throw error.code === 'storage-full' ? storageFull(totalBytes - loadedBytes, error) : error;
  }
  return key;
}

/** Browsers may keep the true limit to themselves: then writing fails. */
function storageFull(missingBytes: number, cause: AppError): AppError {
  const missing = megabytes(missingBytes);
  const message = `The storage is full; ${missing} MB of the model are missing.`;
  return new AppError('model-storage-full', message, { missing }, { cause });
}

/** @throws AppError `storage-short` where the browser says that there is less room */
async function requireRoom(needed: number): Promise<void> {
  const { quota, usage = 0 } = (await navigator.storage?.estimate?.()) ?? {};
  if (quota === undefined || quota - usage >= needed) return;
  const params = { needed: megabytes(needed), free: megabytes(Math.max(0, quota - usage)) };
  throw new AppError(
    'storage-short',
    `The model needs ${params.needed} MB, and the browser has ${params.free} MB left.`,
    params,
  );
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1e6);
}

function sumOfBytes(files: readonly PackageFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
