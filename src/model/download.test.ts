import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AppError } from '../errors';
import { readCachedFile, removeStaleVersions, writeCachedFile } from './cache';
import { downloadFile, downloadText, keepManifest } from './download';
import manifest from './fixtures/manifest.json';
import { MemoryCacheStorage } from './fixtures/memory-caches';
import type { PackageFile } from './manifest';
import { type ModelPackage, openPackage } from './package';

const content = Buffer.from('weights '.repeat(20_000));
const weights: PackageFile = {
  file: 'weights.bin',
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
};

/** What the server answers, by path; a number is a status. */
const answers = new Map<string, Buffer | string | number>();
let requests: string[] = [];
let server: Server;
let origin: string;
let model: ModelPackage;
const caches = new MemoryCacheStorage();

beforeEach(async () => {
  server = createServer(({ url = '' }, response) => {
    requests.push(url);
    const answer = answers.get(url) ?? 404;
    if (typeof answer === 'number') response.writeHead(answer).end();
    else response.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  requests = [];
  answers.clear();
  answers.set('/tiny/manifest.json', JSON.stringify(manifest));
  answers.set('/tiny/weights.bin', content);
  answers.set('/tiny/tokenizer.json', '{"version":"1.0"}');
  caches.clear();
  vi.stubGlobal('caches', caches);
  model = await openPackage(`${origin}/tiny/`, origin);
});

afterEach(async () => {
  vi.unstubAllGlobals();
  await stopServer();
});

async function stopServer(): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

describe('downloadFile', () => {
  it('brings the file, counts its bytes and asks the network only once', async () => {
    for (const visit of ['first', 'second']) {
      let counted = 0;
      const bytes = await downloadFile(model, weights, {
        onBytes: (count) => {
          counted += count;
        },
      });
      expect(content.equals(bytes), visit).toBe(true);
      expect(counted, visit).toBe(weights.bytes);
    }
    expect(requests.filter((path) => path === '/tiny/weights.bin')).toHaveLength(1);
  });

  it.each([
    ['cut', content.subarray(0, 100)],
    ['altered', Buffer.alloc(content.length)],
  ])('downloads again what lies %s in the cache', async (_, broken) => {
    const url = `${origin}/tiny/weights.bin`;
    await writeCachedFile(model.key, url, new Uint8Array(broken));
    expect(content.equals(await downloadFile(model, weights))).toBe(true);
    expect(content.equals((await readCachedFile(model.key, url)) ?? new Uint8Array())).toBe(true);
  });

  it('refuses and does not keep a file with another digest', async () => {
    answers.set('/tiny/weights.bin', Buffer.alloc(content.length));
    await expect(downloadFile(model, weights)).rejects.toMatchObject({
      code: 'checksum-mismatch',
      params: { file: 'weights.bin' },
    });
    expect(await readCachedFile(model.key, `${origin}/tiny/weights.bin`)).toBeUndefined();
  });

  it.each([
    ['missing', 404, '404'],
    ['too short', content.subarray(1), 'ends after'],
    ['too long', Buffer.concat([content, content]), 'longer than'],
  ])('says what is wrong with a file that is %s', async (_, answer, detail) => {
    answers.set('/tiny/weights.bin', answer);
    await expect(downloadFile(model, weights)).rejects.toMatchObject({
      code: 'download-failed',
      params: { file: 'weights.bin', detail: expect.stringContaining(detail) },
    });
  });

  it('runs from memory where storage is full', async () => {
    caches.quota = 1000;
    const unkept: AppError[] = [];
    const bytes = await downloadFile(model, weights, { onUnkept: (error) => unkept.push(error) });
    expect(content.equals(bytes)).toBe(true);
    expect(unkept).toMatchObject([{ code: 'storage-full' }]);
  });

  it('runs where there is no Cache API', async () => {
    vi.stubGlobal('caches', undefined);
    expect(content.equals(await downloadFile(model, weights))).toBe(true);
  });

  it('stops when aborted', async () => {
    const download = downloadFile(model, weights, { signal: AbortSignal.abort() });
    await expect(download).rejects.toMatchObject({ code: 'cancelled' });
  });
});

it('opens a kept package while the server is out of order', async () => {
  await keepManifest(model);
  answers.set('/tiny/manifest.json', 503);
  expect(await openPackage(`${origin}/tiny/`, origin)).toEqual(model);
  caches.clear();
  await expect(openPackage(`${origin}/tiny/`, origin)).rejects.toMatchObject({
    code: 'manifest-unreachable',
    params: { detail: 'the server answers 503' },
  });
});

it('opens a kept package without a network', async () => {
  await keepManifest(model);
  await downloadFile(model, weights);
  const tokenizer = await downloadText(model, 'tokenizer.json');
  await stopServer();
  const offline = await openPackage(`${origin}/tiny/`, origin);
  expect(offline).toEqual(model);
  expect(content.equals(await downloadFile(offline, weights))).toBe(true);
  expect(await downloadText(offline, 'tokenizer.json')).toBe(tokenizer);
  await expect(downloadText(offline, 'other.json')).rejects.toMatchObject({
    code: 'download-failed',
  });
});

it('drops the other versions of a model, and no other model', async () => {
  const keys = ['tiny@1', 'tiny@2@b', 'tiny-large@1'] as const;
  for (const key of keys) await writeCachedFile(key, `${origin}/file`, 'content');
  await removeStaleVersions('tiny@2@b');
  const kept = await Promise.all(keys.map((key) => readCachedFile(key, `${origin}/file`)));
  expect(kept.map(Boolean)).toEqual([false, true, true]);
});
