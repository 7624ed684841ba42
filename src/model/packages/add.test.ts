import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import example from '../fixtures/manifest.json';
import { MemoryCacheStorage } from '../fixtures/memory-caches';
import { PackageServer } from '../fixtures/package-server';
import { addPackage } from './add';
import { keptAddress } from './address';
import { openPackage, readFile, readTokenizer } from './open';
import type { PackageSource } from './source';
import { keptPackage, partBytes, removeUnfinished, storedPackages } from './storage';
import { urlSource } from './url-source';

/** Two parts and a bit. */
const weights = Buffer.alloc(2 * partBytes + 1000, 'weights ');
const image = Buffer.from('image graph');
const text = Buffer.from('text graph');
const tokenizer = readFileSync(
  join(import.meta.dirname, '../../../e2e/fixtures/models/tiny/tokenizer.json'),
);

const describeFile = (file: string, content: Buffer) => ({
  file,
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
});

function manifestWith(content: Buffer, version = '1'): string {
  const weightsFile = describeFile('weights.bin', content);
  const graphs = {
    imageEncoder: { fp32: { ...describeFile('image.onnx', image), external: [weightsFile] } },
    textEncoder: { wasm: describeFile('text.onnx', text), webgpu: describeFile('text.onnx', text) },
  };
  return JSON.stringify({ ...example, version, graphs });
}

const key = 'tiny@1';
let server: PackageServer;
const caches = new MemoryCacheStorage();
let source: PackageSource;

beforeEach(async () => {
  server = new PackageServer();
  await server.start();
  server.files.set('/tiny/manifest.json', manifestWith(weights));
  server.files.set('/tiny/weights.bin', weights);
  server.files.set('/tiny/image.onnx', image);
  server.files.set('/tiny/text.onnx', text);
  server.files.set('/tiny/tokenizer.json', tokenizer);
  caches.clear();
  vi.stubGlobal('caches', caches);
  giveRoom(1e9);
  source = urlSource(`${server.origin}/tiny/`, 'url', { ownOrigin: server.origin });
});

afterEach(async () => {
  vi.unstubAllGlobals();
  await server.stop();
});

function giveRoom(bytes: number): void {
  const estimate = async () => ({ quota: 5e6 + bytes, usage: 5e6 });
  vi.stubGlobal('navigator', { storage: { estimate } });
}

/** Adds the package and says how its bytes were counted. */
async function add(from = source): Promise<readonly number[]> {
  const loaded: number[] = [];
  await addPackage(from, { onProgress: ({ loadedBytes }) => loaded.push(loadedBytes) });
  return loaded;
}

const requestsFor = (file: string) =>
  server.requests.filter((request) => request.startsWith(`/tiny/${file}`));

async function expectWhole(content = weights): Promise<void> {
  const model = await openPackage(keptAddress(key), server.origin);
  const [graph] = [model.manifest.graphs.imageEncoder.fp32?.external?.[0]];
  if (!graph) throw new Error('The manifest has no weights.');
  expect(content.equals(await readFile(model, graph))).toBe(true);
  const { ids } = (await readTokenizer(model, 'tokenizer.json', model.manifest.text)).encode('dog');
  expect(ids.length).toBeGreaterThan(1);
}

describe('addPackage', () => {
  it('brings every file once, and keeps the package for visits without a network', async () => {
    const loaded = await add();
    const total = weights.length + image.length + text.length;
    expect([loaded[0], loaded.at(-1)]).toEqual([0, total]);
    expect(requestsFor('text.onnx')).toHaveLength(1);
    await server.stop();
    await expectWhole();
    const [stored] = await storedPackages();
    expect(stored).toMatchObject({
      key,
      complete: true,
      origin: { kind: 'url', name: `${server.origin}/tiny/` },
    });
    expect(stored?.bytes).toBeGreaterThan(total);
  });

  it('reads nothing again but the manifest and the tokenizer', async () => {
    await add();
    server.requests.length = 0;
    await add();
    expect(server.requests).toEqual(['/tiny/manifest.json', '/tiny/tokenizer.json']);
  });

  it('goes on behind the parts that came before the connection broke', async () => {
    server.trouble = { path: '/tiny/weights.bin', after: partBytes + 5000 };
    await expect(add()).rejects.toMatchObject({ code: 'download-failed' });
    expect(await keptPackage(key)).toBeUndefined();
    expect(await storedPackages()).toMatchObject([{ key, complete: false }]);

    const loaded = await add();
    expect(requestsFor('weights.bin')).toEqual([
      '/tiny/weights.bin',
      `/tiny/weights.bin bytes=${partBytes}-`,
    ]);
    expect(Math.max(...loaded)).toBe(weights.length + image.length + text.length);
    await expectWhole();
  });

  it('begins a file anew where the server knows no ranges', async () => {
    server.trouble = { path: '/tiny/weights.bin', after: partBytes + 5000 };
    await expect(add()).rejects.toMatchObject({ code: 'download-failed' });
    server.knowsRanges = false;
    await add();
    await expectWhole();
  });

  it.each([
    ['says so', '"2"'],
    ['does not say so', '"1"'],
  ])('begins a file anew that has changed meanwhile, if the server %s', async (_, etag) => {
    const older = Buffer.alloc(weights.length, 'older ');
    server.files.set('/tiny/weights.bin', older);
    server.trouble = { path: '/tiny/weights.bin', after: partBytes + 5000 };
    await expect(add()).rejects.toMatchObject({ code: 'download-failed' });
    server.files.set('/tiny/weights.bin', weights);
    server.etag = etag;
    await add();
    await expectWhole();
  });

  it('calls silence a broken download', async () => {
    server.trouble = { path: '/tiny/weights.bin', after: 5000, stall: true };
    const options = { ownOrigin: server.origin, stallLimit: 300 };
    const impatient = urlSource(`${server.origin}/tiny/`, 'url', options);
    await expect(add(impatient)).rejects.toMatchObject({ code: 'download-failed' });
  });

  it('refuses a file with another digest, and takes the right one later', async () => {
    server.files.set('/tiny/weights.bin', Buffer.alloc(weights.length));
    await expect(add()).rejects.toMatchObject({
      code: 'checksum-mismatch',
      params: { file: 'weights.bin' },
    });
    expect(await keptPackage(key)).toBeUndefined();
    server.files.set('/tiny/weights.bin', weights);
    await add();
    await expectWhole();
  });

  it.each([
    ['no manifest', 'manifest.json', 404, 'manifest-unreachable'],
    ['a page in the place of its manifest', 'manifest.json', '<!doctype html>', 'manifest-invalid'],
    ['a missing file', 'image.onnx', 404, 'model-file-missing'],
    ['a server in trouble', 'image.onnx', 503, 'download-failed'],
    ['a file that is cut', 'image.onnx', 'ima', 'download-failed'],
    ['a file that goes on', 'image.onnx', 'image graph and more', 'download-failed'],
    ['a broken tokenizer', 'tokenizer.json', '{}', 'tokenizer-invalid'],
    ['no tokenizer', 'tokenizer.json', 404, 'model-file-missing'],
  ])('says what is wrong with a package that has %s', async (_, file, answer, code) => {
    server.files.set(`/tiny/${file}`, answer);
    await expect(add()).rejects.toMatchObject({ code });
    expect(await keptPackage(key)).toBeUndefined();
  });

  it('explains servers elsewhere that do not answer this page', async () => {
    await server.stop();
    const foreign = urlSource('http://127.0.0.1:9/tiny/', 'url', { ownOrigin: server.origin });
    await expect(add(foreign)).rejects.toMatchObject({
      code: 'cross-origin-refused',
      params: { site: '127.0.0.1:9' },
    });
    await server.start();
  });

  it('says before it begins where there is too little room', async () => {
    giveRoom(1e6);
    await expect(add()).rejects.toMatchObject({
      code: 'storage-short',
      params: { needed: 17, free: 1 },
    });
    expect(requestsFor('weights.bin')).toEqual([]);
  });

  it('says when the disk is full on the way, and goes on when there is room', async () => {
    caches.quota = 1e6;
    await expect(add()).rejects.toMatchObject({ code: 'model-storage-full' });
    caches.quota = Number.POSITIVE_INFINITY;
    await add();
    await expectWhole();
  });

  it('stops when it is told to, and can be taken away', async () => {
    const stop = new AbortController();
    const adding = addPackage(source, {
      signal: stop.signal,
      onProgress: ({ loadedBytes }) => loadedBytes > partBytes && stop.abort(),
    });
    await expect(adding).rejects.toMatchObject({ code: 'cancelled' });
    expect((await storedPackages())[0]?.bytes).toBeGreaterThan(partBytes);
    await removeUnfinished(key);
    expect(await storedPackages()).toEqual([]);
  });

  it('replaces a package by another of the same name, and offers the old one until then', async () => {
    await add();
    const others = Buffer.alloc(3000, 'others ');
    server.files.set('/tiny/manifest.json', manifestWith(others));
    server.files.set('/tiny/weights.bin', 503);
    await expect(add()).rejects.toMatchObject({ code: 'download-failed' });
    await expectWhole();
    await removeUnfinished(key);
    await expectWhole();
    server.files.set('/tiny/weights.bin', others);
    await add();
    await expectWhole(others);
    expect((await storedPackages())[0]?.bytes).toBeLessThan(partBytes);
    const left = await (await caches.open(`model:${key}`)).keys();
    const { sha256 } = describeFile('weights.bin', weights);
    expect(left.filter(({ url }) => url.includes(sha256))).toEqual([]);
  });

  it('makes nothing of a package that is taken away while somebody looks for it', async () => {
    vi.spyOn(caches, 'keys').mockResolvedValueOnce([`model:${key}`]);
    expect(await storedPackages()).toEqual([]);
    expect(await keptPackage(key)).toBeUndefined();
    expect(await caches.keys()).toEqual([]);
  });
});
