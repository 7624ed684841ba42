/** A package on a web server, of this origin or, where somebody typed its address, of another. */
import { AppError } from '../../errors';
import type { OpenedFile, OpenOptions, PackageOrigin, PackageSource } from './source';
import { Stall } from './stall';

export interface UrlSourceOptions {
  /** Milliseconds without a byte until a download counts as broken. */
  readonly stallLimit?: number;
  /** The page's own origin. */
  readonly ownOrigin?: string;
}

/** @param folder as `folderUrl` gives it */
export function urlSource(
  folder: string,
  kind: PackageOrigin['kind'],
  { stallLimit, ownOrigin = globalThis.location?.origin }: UrlSourceOptions = {},
): PackageSource {
  const isForeign = new URL(folder).origin !== ownOrigin;

  async function request(file: string, headers: HeadersInit, signal?: AbortSignal) {
    const stall = new Stall(stallLimit, signal);
    try {
      const response = await fetch(new URL(file, folder).href, {
        headers,
        // What is fetched here is kept by the app; the browser need not keep it too.
        cache: 'no-store',
        credentials: 'same-origin',
        signal: stall.signal,
      });
      stall.restart();
      return { response, stall };
    } catch (cause) {
      stall.end();
      throw cause;
    }
  }

  return {
    origin: { kind, name: folder },

    async manifest(signal) {
      try {
        const { response, stall } = await request('manifest.json', {}, signal);
        if (!response.ok) {
          stall.end();
          throw unreachable(folder, `the server answers ${response.status}`);
        }
        return await response.text().finally(() => stall.end());
      } catch (cause) {
        if (cause instanceof AppError || signal?.aborted) throw AppError.from(cause);
        // A browser says neither that a server is down nor that it wants no readers from elsewhere.
        if (isForeign) throw refused(folder, cause);
        throw unreachable(folder, 'the server does not answer', cause);
      }
    },

    async open(file: string, { from, version, signal }: OpenOptions): Promise<OpenedFile> {
      const headers: Record<string, string> = {};
      if (from > 0) headers.Range = `bytes=${from}-`;
      // Servers elsewhere would have to allow this header; there the digest alone has to tell.
      if (from > 0 && version && !isForeign) headers['If-Range'] = version;
      const { response, stall } = await request(file, headers, signal).catch((cause) => {
        if (signal?.aborted) throw AppError.from(cause);
        throw failed(file, 'the server does not answer', cause);
      });
      if (!response.ok || !response.body) {
        stall.end();
        if (response.status === 404 || response.status === 410) throw missing(file, folder);
        // Nothing behind the bytes that are here: they cannot be of this file.
        if (response.status === 416) return this.open(file, { from: 0, signal });
        throw failed(file, `the server answers ${response.status}`);
      }
      return {
        stream: response.body.pipeThrough(stall.watched()),
        from: response.status === 206 ? from : 0,
        version: strongVersion(response.headers.get('ETag')),
      };
    },
  };
}

/** Two answers with the same weak ETag need not be equal byte by byte. */
function strongVersion(etag: string | null): string | undefined {
  return etag && !etag.startsWith('W/') ? etag : undefined;
}

function unreachable(url: string, detail: string, cause?: unknown): AppError {
  return new AppError(
    'manifest-unreachable',
    `The model at ${url} cannot be read: ${detail}.`,
    { url, detail },
    { cause },
  );
}

function refused(folder: string, cause: unknown): AppError {
  const site = new URL(folder).host;
  return new AppError(
    'cross-origin-refused',
    `${site} does not answer, or does not let pages of other sites read its files (CORS).`,
    { site },
    { cause },
  );
}

function missing(file: string, folder: string): AppError {
  return new AppError('model-file-missing', `${file} of the model is not at ${folder}.`, { file });
}

function failed(file: string, detail: string, cause?: unknown): AppError {
  return new AppError(
    'download-failed',
    `${file} of the model cannot be read: ${detail}.`,
    { file, detail },
    { cause },
  );
}
