import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AppError } from '../../errors';
import example from '../fixtures/manifest.json';
import { MemoryCacheStorage } from '../fixtures/memory-caches';
import { PackageServer } from '../fixtures/package-server';
import type { PackageFile } from '../manifest';
import { keptAddress } from './address';
import { keepPackage, type ModelPackage, openPackage, readFile, readTokenizer } from './open';
import { storedPackages } from './storage';

const content = Buffer.from('weights '.repeat(20_000));
const weights: PackageFile = {
  file: 'weights.bin',
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
};
const { graphs } = example;
const imageEncoder = { wasm: { ...graphs.imageEncoder.wasm, external: [weights] } };
const manifest = { ...example, graphs: { ...graphs, imageEncoder } };
const tokenizer = readFileSync(
  join(import.meta.dirname, '../../../e2e/fixtures/models/tiny/tokenizer.json'),
);

let server: PackageServer;
let address: string;
let model: ModelPackage;
const caches = new MemoryCacheStorage();

beforeEach(async () => {
  server = new PackageServer();
  await server.start();
  address = `${server.origin}/tiny/`;
  server.files.set('/tiny/manifest.json', JSON.stringify(manifest));
  server.files.set('/tiny/weights.bin', content);
  server.files.set('/tiny/tokenizer.json', tokenizer);
  caches.clear();
  vi.stubGlobal('caches', caches);
  model = await openPackage(address, server.origin);
});

afterEach(async () => {
  vi.unstubAllGlobals();
  await server.stop();
});

const requestsFor = (file: string) =>
  server.requests.filter((request) => request.startsWith(`/tiny/${file}`));

describe('openPackage', () => {
  it('takes packages from its own origin only', async () => {
    await expect(openPackage(address, 'https://example.com')).rejects.toMatchObject({
      code: 'manifest-unreachable',
    });
  });

  it('says when a package is not kept any more', async () => {
    await expect(openPackage(keptAddress('tiny@1'), server.origin)).rejects.toMatchObject({
      code: 'model-gone',
    });
  });

  it('opens a kept package while the server is out of order', async () => {
    await keepPackage(model);
    server.files.set('/tiny/manifest.json', 503);
    expect((await openPackage(address, server.origin)).manifest).toEqual(model.manifest);
    caches.clear();
    await expect(openPackage(address, server.origin)).rejects.toMatchObject({
      code: 'manifest-unreachable',
      params: { detail: 'the server answers 503' },
    });
  });
});

describe('readFile', () => {
  it('brings the file, counts its bytes and asks the network only once', async () => {
    for (const visit of ['first', 'second']) {
      let counted = 0;
      const bytes = await readFile(model, weights, {
        onBytes: (count) => {
          counted += count;
        },
      });
      expect(content.equals(bytes), visit).toBe(true);
      expect(counted, visit).toBe(weights.bytes);
    }
    expect(requestsFor('weights.bin')).toHaveLength(1);
  });

  it.each([
    ['cut', content.subarray(0, 100)],
    ['altered', Buffer.alloc(content.length)],
  ])('reads again from the site what lies here %s', async (_, broken) => {
    await model.storage?.writePart(weights, 0, new Uint8Array(broken));
    expect(content.equals(await readFile(model, weights))).toBe(true);
    expect(content.equals(await readFile(model, weights))).toBe(true);
    expect(requestsFor('weights.bin')).toHaveLength(1);
  });

  it('says when a file of an added package is lost', async () => {
    await model.storage?.writePart(weights, 0, new Uint8Array(content.length));
    await expect(readFile({ ...model, source: null }, weights)).rejects.toMatchObject({
      code: 'model-damaged',
      params: { file: 'weights.bin' },
    });
  });

  it('runs from memory where storage is full', async () => {
    caches.quota = 1000;
    const unkept: AppError[] = [];
    const bytes = await readFile(model, weights, { onUnkept: (error) => unkept.push(error) });
    expect(content.equals(bytes)).toBe(true);
    expect(unkept).toMatchObject([{ code: 'storage-full' }]);
  });

  it('runs where the browser keeps nothing', async () => {
    vi.stubGlobal('caches', undefined);
    const unkept = await openPackage(address, server.origin);
    expect(content.equals(await readFile(unkept, weights))).toBe(true);
  });

  it('stops when aborted', async () => {
    const reading = readFile(model, weights, { signal: AbortSignal.abort() });
    await expect(reading).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('readTokenizer', () => {
  const read = (from = model) => readTokenizer(from, 'tokenizer.json', from.manifest.text);

  it('asks the network only once', async () => {
    const { ids } = (await read()).encode('dog');
    expect((await read()).encode('dog').ids).toEqual(ids);
    expect(requestsFor('tokenizer.json')).toHaveLength(1);
  });

  it('does not keep one that cannot be used', async () => {
    server.files.set('/tiny/tokenizer.json', '{}');
    await expect(read()).rejects.toMatchObject({ code: 'tokenizer-invalid' });
    server.files.set('/tiny/tokenizer.json', tokenizer);
    expect((await read()).encode('dog').ids.length).toBeGreaterThan(0);
  });

  it('does not stay with a kept one that cannot be used', async () => {
    await model.storage?.writeText('tokenizer.json', '{}');
    expect((await read()).encode('dog').ids.length).toBeGreaterThan(0);
  });
});

it('lists a package of the site while it arrives', async () => {
  expect(await storedPackages()).toMatchObject([{ key: model.key, complete: false }]);
  await readFile(model, weights);
  expect((await storedPackages())[0]?.bytes).toBeGreaterThan(weights.bytes);
  await keepPackage(model);
  expect(await storedPackages()).toMatchObject([{ key: model.key, complete: true }]);
});

it('opens a kept package without a network', async () => {
  await readFile(model, weights);
  const before = (await readTokenizer(model, 'tokenizer.json', model.manifest.text)).encode('dog');
  await model.storage?.finish(
    { manifestText: model.manifestText, origin: { kind: 'site', name: address }, addedAt: 1 },
    [weights],
  );
  await server.stop();
  const offline = await openPackage(address, server.origin);
  expect(offline.manifest).toEqual(model.manifest);
  expect(content.equals(await readFile(offline, weights))).toBe(true);
  const after = await readTokenizer(offline, 'tokenizer.json', offline.manifest.text);
  expect(after.encode('dog')).toEqual(before);
  await server.start();
});

it('drops the other versions of a package of the site, and nothing else', async () => {
  await keepPackage(model);
  server.files.set('/other/manifest.json', JSON.stringify({ ...manifest, version: '3' }));
  await keepPackage(await openPackage(`${server.origin}/other/`, server.origin));
  server.files.set('/tiny/manifest.json', JSON.stringify({ ...manifest, version: '2@b' }));
  await keepPackage(await openPackage(address, server.origin));
  expect((await storedPackages()).map(({ key }) => key).sort()).toEqual(['tiny@2@b', 'tiny@3']);
});
