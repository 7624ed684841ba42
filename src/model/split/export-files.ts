/** Brings the files of an export together: from somebody's disk, or from an address. */
import { AppError } from '../../errors';
import { missingFrom } from '../packages/folder-source';
import type { LoadProgress } from '../packages/receive';
import { Stall } from '../packages/stall';
import type { ExportFiles } from './split-source';

const tokenizerName = 'tokenizer.json';
const preprocessorName = 'preprocessor_config.json';
/** What says nothing about a model: the usual names of its file and of the folders around it. */
const plainNames = new Set(['model', 'onnx', 'resolve', 'raw', 'blob', 'main']);

/** @throws AppError `model-file-missing` */
export async function exportFromFiles(files: readonly File[]): Promise<ExportFiles> {
  const find = (isWanted: (name: string) => boolean) => files.find(({ name }) => isWanted(name));
  const model = find((name) => name.endsWith('.onnx'));
  const names = files.map(({ name }) => name).join(', ');
  if (!model) throw missingFrom(names, 'model.onnx');
  const tokenizer = find((name) => name === tokenizerName);
  if (!tokenizer) throw missingFrom(names, tokenizerName);
  return {
    origin: model.name,
    id: exportId([model.name]),
    model,
    tokenizer: await tokenizer.text(),
    preprocessor: await find((name) => name === preprocessorName)?.text(),
  };
}

/**
 * The model at an address, and the small files that lie in the same folder or in the one around it,
 * as in repositories of the hub.
 *
 * @throws AppError `export-download-failed`, `model-file-missing`, `cross-origin-refused`
 */
export async function exportFromUrl(
  url: string,
  onProgress: (progress: LoadProgress) => void,
): Promise<ExportFiles> {
  const address = new URL(url);
  const id = exportId(address.pathname.split('/').map(decoded));
  // The small files first: without the tokenizer the large one is of no use.
  const tokenizer = await nearbyText(address, tokenizerName);
  if (tokenizer === undefined) throw missingFrom(url, tokenizerName);
  const preprocessor = await nearbyText(address, preprocessorName);
  const stall = new Stall();
  try {
    const response = await request(address, stall);
    if (!response.ok) throw failed(address, `the server answers ${response.status}`);
    const model = await watched(response, stall, onProgress).blob();
    return { origin: url, id, model, tokenizer, preprocessor };
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw failed(address, 'the connection broke', cause);
  } finally {
    stall.end();
  }
}

/** The text of a file beside the model or one folder further up; undefined where it is at neither. */
async function nearbyText(address: URL, name: string): Promise<string | undefined> {
  for (const folder of ['./', '../']) {
    const place = new URL(folder + name, address);
    const stall = new Stall();
    try {
      const response = await request(place, stall);
      if (response.ok) return await response.text();
      if (response.status !== 404) throw failed(place, `the server answers ${response.status}`);
    } catch (cause) {
      if (cause instanceof AppError) throw cause;
      throw failed(place, 'the connection broke', cause);
    } finally {
      stall.end();
    }
  }
  return undefined;
}

async function request(address: URL, stall: Stall): Promise<Response> {
  try {
    const { signal } = stall;
    const response = await fetch(address, { cache: 'no-store', credentials: 'omit', signal });
    stall.restart();
    return response;
  } catch (cause) {
    if (stall.signal.aborted) throw failed(address, 'the server does not answer', cause);
    const site = address.host;
    throw new AppError(
      'cross-origin-refused',
      `${site} does not answer, or does not let pages of other sites read its files (CORS).`,
      { site },
      { cause },
    );
  }
}

/** The response, telling how much of it has come. */
function watched(
  response: Response,
  stall: Stall,
  onProgress: (progress: LoadProgress) => void,
): Response {
  const totalBytes = Number(response.headers.get('Content-Length'));
  let loadedBytes = 0;
  const counter = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      loadedBytes += chunk.length;
      onProgress({ loadedBytes, totalBytes: Math.max(totalBytes, loadedBytes) });
      controller.enqueue(chunk);
    },
  });
  return new Response(response.body?.pipeThrough(stall.watched()).pipeThrough(counter) ?? null);
}

/** An id out of the names that say something: the repository's, and the file's. */
function exportId(path: readonly string[]): string {
  const names = path.map((name) => name.replace(/\.onnx$/, ''));
  const telling = names.filter((name) => name && !plainNames.has(name)).slice(-2);
  const id = telling
    .join('-')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return id || 'chinese-clip';
}

/** Part of an address as a person would write it; as it is where it is no such code. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function failed(address: URL, detail: string, cause?: unknown): AppError {
  return new AppError(
    'export-download-failed',
    `${address} cannot be downloaded: ${detail}.`,
    { file: address.href, detail },
    { cause },
  );
}
