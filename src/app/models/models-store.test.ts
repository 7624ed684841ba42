import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { EngineState } from '../../engine/engine';
import manifest from '../../model/fixtures/manifest.json';
import { MemoryCacheStorage } from '../../model/fixtures/memory-caches';
import type { AddMessage } from '../../model/packages/protocol';
import { PackageStorage, storedPackages } from '../../model/packages/storage';
import type { ModelSwitch } from './model-switch';
import { createModelsStore } from './models-store';

const key = 'tiny@1';
const request = { kind: 'url', url: 'https://example.org/tiny/' } as const;
const loading: EngineState = { status: 'loading', progress: null };

/** Begins to bring the package, and never comes to its end. */
class EndlessWorker extends EventTarget {
  static started = 0;

  async postMessage(): Promise<void> {
    const storage = await PackageStorage.open(key);
    const manifestText = JSON.stringify({ ...manifest, version: '1' });
    const origin = { kind: 'url', name: request.url } as const;
    await storage.writeRecord('arriving', { manifestText, origin, addedAt: 1 });
    const data: AddMessage = { type: 'package', package: { key, name: 'Tiny' } };
    this.dispatchEvent(new MessageEvent('message', { data }));
    EndlessWorker.started++;
  }

  terminate(): void {}
}

const caches = new MemoryCacheStorage();

beforeEach(() => {
  EndlessWorker.started = 0;
  caches.clear();
  vi.stubGlobal('caches', caches);
  vi.stubGlobal('Worker', EndlessWorker);
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('There is no network.')));
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const arrivals = (count: number) => vi.waitUntil(() => EndlessWorker.started === count);

/** A model of which something has arrived. */
async function adding() {
  const store = createModelsStore({
    engine: { getState: () => loading, subscribe: () => () => {} },
    library: { indexSizes: async () => new Map(), removeIndex: async () => {} },
    models: { next: () => null, subscribe: () => () => {} } as unknown as ModelSwitch,
    defaultModel: 'https://example.org/models/ours/',
  });
  void store.getState().add(request);
  await arrivals(1);
  return store;
}

it('drops what has arrived of a model that is cancelled', async () => {
  const store = await adding();
  await store.getState().cancelAdding();
  expect(store.getState()).toMatchObject({ adding: null, error: null, models: [] });
  expect(await caches.keys()).toEqual([]);
});

it('takes nothing of the same model that is added again at once', async () => {
  const store = await adding();
  const cancelled = store.getState().cancelAdding();
  void store.getState().add(request);
  await cancelled;
  await arrivals(2);
  expect(store.getState().adding).toMatchObject({ status: 'running', arriving: { key } });
  expect(await storedPackages()).toMatchObject([{ key, complete: false }]);
});

it('says why what has arrived could not be dropped', async () => {
  const store = await adding();
  vi.spyOn(caches, 'delete').mockRejectedValue(new DOMException('Broken.', 'UnknownError'));
  await store.getState().cancelAdding();
  expect(store.getState().error?.message).toBe('Broken.');
  expect(store.getState().models).toMatchObject([{ key, complete: false }]);
});
