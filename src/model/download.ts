/** Brings a package's files into memory: from the cache if they are sound there, else from the network. */
import { AppError } from '../errors';
import { readCachedFile, writeCachedFile } from './cache';
import type { PackageFile } from './manifest';
import { fileUrl, type ModelPackage, manifestUrl } from './package';

/** What the caller wants to know on the way. */
export interface DownloadOptions {
  /** Called with the bytes that have come since the last call. */
  readonly onBytes?: (bytes: number) => void;
  /** Called where a file cannot be kept; it is used all the same and downloaded again next time. */
  readonly onUnkept?: (error: AppError) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * One file, whole and with the digest that the manifest gives.
 *
 * @throws AppError `download-failed`, `checksum-mismatch`, `cancelled`
 */
export async function downloadFile(
  model: ModelPackage,
  file: PackageFile,
  options: DownloadOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const url = fileUrl(model.url, file.file);
  const cached = await readCachedFile(model.key, url).catch(() => undefined);
  if (cached && (await hasDigest(cached, file))) {
    options.onBytes?.(file.bytes);
    return cached;
  }
  const bytes = await fetchBytes(url, file, options);
  if (!(await hasDigest(bytes, file))) {
    throw new AppError(
      'checksum-mismatch',
      `${url} is not the file that the model's manifest describes.`,
      { file: file.file },
    );
  }
  await keep(model, url, bytes, options);
  return bytes;
}

/**
 * A small file that the manifest gives no digest for, such as the tokenizer: the network's answer,
 * or where there is none the kept one.
 *
 * @throws AppError `download-failed`, `cancelled`
 */
export async function downloadText(
  model: ModelPackage,
  file: string,
  options: DownloadOptions = {},
): Promise<string> {
  const url = fileUrl(model.url, file);
  try {
    const response = await request(url, file, options.signal);
    const text = await response.text();
    await keep(model, url, text, options);
    return text;
  } catch (error) {
    if (options.signal?.aborted) throw AppError.from(error);
    const cached = await readCachedFile(model.key, url).catch(() => undefined);
    if (cached) return new TextDecoder().decode(cached);
    throw AppError.from(error, 'download-failed');
  }
}

/** Keeps the manifest, so that the model starts without a network. */
export async function keepManifest(
  model: ModelPackage,
  options: DownloadOptions = {},
): Promise<void> {
  await keep(model, manifestUrl(model.url), model.manifestText, options);
}

async function keep(
  model: ModelPackage,
  url: string,
  content: Uint8Array<ArrayBuffer> | string,
  { onUnkept }: DownloadOptions,
): Promise<void> {
  try {
    await writeCachedFile(model.key, url, content);
  } catch (error) {
    onUnkept?.(AppError.from(error));
  }
}

async function request(url: string, file: string, signal?: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { cache: 'no-cache', signal: signal ?? null });
  } catch (cause) {
    if (signal?.aborted) throw AppError.from(cause);
    throw failed(file, 'the server does not answer', cause);
  }
  if (!response.ok) throw failed(file, `the server answers ${response.status}`);
  return response;
}

function failed(file: string, detail: string, cause?: unknown): AppError {
  return new AppError(
    'download-failed',
    `${file} of the model cannot be downloaded: ${detail}.`,
    { file, detail },
    { cause },
  );
}

/** Reads a body into one buffer of the size that the manifest gives, so that it lies in memory once. */
async function fetchBytes(
  url: string,
  file: PackageFile,
  { onBytes, signal }: DownloadOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const response = await request(url, file.file, signal);
  const bytes = new Uint8Array(file.bytes);
  const reader = response.body?.getReader();
  let loaded = 0;
  try {
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      if (loaded + part.value.length > bytes.length) {
        throw failed(file.file, `it is longer than ${file.bytes} bytes`);
      }
      bytes.set(part.value, loaded);
      loaded += part.value.length;
      onBytes?.(part.value.length);
    }
  } catch (cause) {
    await reader?.cancel().catch(() => undefined);
    if (cause instanceof AppError || signal?.aborted) throw AppError.from(cause);
    throw failed(file.file, 'the connection broke', cause);
  }
  if (loaded < bytes.length) {
    throw failed(file.file, `it ends after ${loaded} of ${file.bytes} bytes`);
  }
  return bytes;
}

async function hasDigest(bytes: Uint8Array<ArrayBuffer>, file: PackageFile): Promise<boolean> {
  if (bytes.length !== file.bytes) return false;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('') === file.sha256;
}
