import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ModelKey } from '../../model/encoding';
import manifest from '../../model/fixtures/manifest.json';
import { olderVersionInUse, siteVersions } from './newer-version';

const address = 'http://localhost/models/r2d2-mini/';
const text = (version: string) => JSON.stringify({ ...manifest, version });
const key = (version: string) => `${manifest.id}@${version}` as ModelKey;
const kept = vi.hoisted(() => ({ version: null as string | null }));

vi.mock('../../model/packages/storage', async (original) => ({
  ...(await original<typeof import('../../model/packages/storage')>()),
  keptSitePackage: async () =>
    kept.version === null ? undefined : { manifestText: text(kept.version) },
}));

/** The site answers with this version after so many milliseconds. */
function site(version: string | null, delay = 0): void {
  vi.stubGlobal('fetch', async (_: string, { signal }: { signal: AbortSignal }) => {
    await new Promise((resolve, reject) => {
      setTimeout(resolve, delay);
      signal.addEventListener('abort', () => reject(signal.reason));
    });
    if (version === null) throw new TypeError('Failed to fetch');
    return new Response(text(version));
  });
}

const indexed = (sizes: Record<string, number>) => ({
  indexSizes: async () =>
    new Map(Object.entries(sizes).map(([of, photos]) => [of as ModelKey, { photos, bytes: 1 }])),
});

beforeEach(() => {
  vi.stubGlobal('navigator', { onLine: true });
  kept.version = '1';
});
afterEach(() => vi.unstubAllGlobals());

it('begins with the version that the photos are indexed for', async () => {
  site('2');
  const versions = await siteVersions(address);
  expect(versions).toEqual({ kept: key('1'), current: key('2') });
  expect(await olderVersionInUse(versions, indexed({ [key('1')]: 9 }))).toBe(key('1'));
});

it('begins with the site’s version where that knows as many photos, or is the one that is kept', async () => {
  site('2');
  const versions = await siteVersions(address);
  expect(await olderVersionInUse(versions, indexed({}))).toBeNull();
  expect(await olderVersionInUse(versions, indexed({ [key('1')]: 9, [key('2')]: 9 }))).toBeNull();
  site('1');
  const same = await siteVersions(address);
  expect(await olderVersionInUse(same, indexed({ [key('1')]: 9 }))).toBeNull();
});

it('begins with what is kept where the site takes its time', async () => {
  site('2', 5000);
  const versions = await siteVersions(address);
  expect(versions).toEqual({ kept: key('1'), current: null });
  expect(await olderVersionInUse(versions, indexed({ [key('1')]: 9 }))).toBe(key('1'));
});

it('asks no site where there is no network', async () => {
  vi.stubGlobal('navigator', { onLine: false });
  const ask = vi.fn();
  vi.stubGlobal('fetch', ask);
  expect(await siteVersions(address)).toBeNull();
  expect(ask).not.toHaveBeenCalled();
});

it('leaves a start without a site, or with nothing kept, as it is', async () => {
  site(null);
  expect(await siteVersions(address)).toBeNull();
  site('2');
  kept.version = null;
  expect(await siteVersions(address)).toBeNull();
  expect(await olderVersionInUse(null, indexed({ [key('1')]: 9 }))).toBeNull();
});
