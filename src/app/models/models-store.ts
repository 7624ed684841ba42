import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Engine } from '../../engine/engine';
import { AppError } from '../../errors';
import type { IndexSize, Library } from '../../library/library';
import type { ModelKey } from '../../model/encoding';
import type { Manifest } from '../../model/manifest';
import { modelKey, parseManifest } from '../../model/package';
import { packageAddress } from '../../model/packages/address';
import { addPackageInWorker } from '../../model/packages/client';
import type { AddRequest, ArrivingPackage } from '../../model/packages/protocol';
import type { LoadProgress } from '../../model/packages/receive';
import type { PackageOrigin } from '../../model/packages/source';
import { removePackage, removeUnfinished, storedPackages } from '../../model/packages/storage';
import { urlSource } from '../../model/packages/url-source';
import type { ModelSwitch, NextModel } from './model-switch';

/** A model that can be used, or that is not wholly here yet. */
export interface Model {
  readonly key: ModelKey;
  readonly manifest: Manifest;
  readonly origin: PackageOrigin;
  /** What the engine is told to use it. */
  readonly address: string;
  /** It comes with the app. */
  readonly bundled: boolean;
  /** False: the download stopped, and can go on. */
  readonly complete: boolean;
  /** Null where nothing of it lies in the browser. */
  readonly stored: { readonly bytes: number; readonly addedAt: number } | null;
  readonly index: IndexSize | null;
}

/** A package on its way into the browser. */
export interface Adding {
  readonly request: AddRequest;
  readonly status: 'running' | 'paused' | 'failed';
  /** Null until its manifest has been read. */
  readonly arriving: ArrivingPackage | null;
  readonly progress: LoadProgress | null;
  readonly error: AppError | null;
}

export interface ModelsState {
  /** Null until they are known. */
  readonly models: readonly Model[] | null;
  /** Indexes of models that are not here any more. */
  readonly orphans: ReadonlyMap<ModelKey, IndexSize>;
  readonly adding: Adding | null;
  /** Name of the model that was added last. */
  readonly added: string | null;
  readonly next: NextModel | null;
  /** Why the last thing that was asked for was not done. */
  readonly error: AppError | null;
  refresh(): Promise<void>;
  add(request: AddRequest): Promise<void>;
  pauseAdding(): void;
  resumeAdding(): void;
  /** Drops what has arrived. */
  cancelAdding(): Promise<void>;
  use(model: Model): Promise<void>;
  /** The same by the model's address, where it is here. */
  useAddress(address: string): Promise<void>;
  remove(model: Model): Promise<void>;
  removeOrphans(): Promise<void>;
}

export interface ModelsServices {
  readonly engine: Pick<Engine, 'getState' | 'subscribe'>;
  readonly library: Pick<Library, 'indexSizes' | 'removeIndex'>;
  readonly models: ModelSwitch;
  readonly defaultModel: string;
}

export function createModelsStore({
  engine,
  library,
  models,
  defaultModel,
}: ModelsServices): StoreApi<ModelsState> {
  let running = new AbortController();
  /** Settles when what was cancelled is gone; only then may the same model arrive anew. */
  let dropped: Promise<void> = Promise.resolve();
  /** The manifest of the app's own model, as its site gives it. */
  let bundledManifest: Promise<Manifest | null> | undefined;

  const store = createStore<ModelsState>((set, get) => ({
    models: null,
    orphans: new Map(),
    adding: null,
    added: null,
    next: models.next(),
    error: null,
    refresh: () => trying(list),
    add: receive,
    pauseAdding() {
      const { adding } = get();
      if (adding) set({ adding: { ...adding, status: 'paused' } });
      running.abort();
    },
    resumeAdding() {
      const { adding } = get();
      if (adding) void get().add(adding.request);
    },
    cancelAdding: () =>
      trying(async () => {
        running.abort();
        const key = get().adding?.arriving?.key;
        set({ adding: null });
        const removal = key ? removeUnfinished(key) : Promise.resolve();
        dropped = removal.catch(() => {});
        try {
          await removal;
        } finally {
          await list();
        }
      }),
    use: (model) => trying(() => models.use(keyNow(model), model.address, model.manifest.name)),
    async useAddress(address) {
      await get().refresh();
      const model = get().models?.find((known) => known.address === address);
      if (model) await get().use(model);
    },
    remove: (model) =>
      trying(async () => {
        await removePackage(model.key);
        await library.removeIndex(model.key);
        await get().refresh();
      }),
    removeOrphans: () =>
      trying(async () => {
        for (const key of get().orphans.keys()) await library.removeIndex(key);
        await get().refresh();
      }),
  }));

  async function list(): Promise<void> {
    const [stored, indexes] = await Promise.all([storedPackages(), library.indexSizes()]);
    const found = stored.map((entry): Model => {
      const { key, manifest, origin, complete, bytes, addedAt } = entry;
      const bundled = origin.kind === 'site' && origin.name === defaultModel;
      return {
        key,
        manifest,
        origin,
        address: packageAddress(entry),
        bundled,
        // What a model of this site lacks, the engine fetches when it is used.
        complete: complete || origin.kind === 'site',
        stored: { bytes, addedAt },
        index: indexes.get(key) ?? null,
      };
    });
    const all = found.some(({ bundled }) => bundled)
      ? found.sort((a, b) => Number(b.bundled) - Number(a.bundled))
      : [...(await bundledModel(indexes)), ...found];
    const known = new Set<ModelKey>(all.map(({ key }) => key));
    const state = engine.getState();
    if (state.status === 'ready') known.add(state.modelKey);
    const orphans = new Map([...indexes].filter(([key]) => !known.has(key)));
    store.setState({ models: all, orphans });
  }

  async function receive(request: AddRequest): Promise<void> {
    running = new AbortController();
    const { signal } = running;
    const { getState, setState } = store;
    const change = (changes: Partial<Adding>) => {
      const { adding } = getState();
      if (adding && !signal.aborted) setState({ adding: { ...adding, ...changes } });
    };
    const arriving = getState().adding?.arriving ?? null;
    const progress = getState().adding?.progress ?? null;
    setState({
      adding: { request, status: 'running', arriving, progress, error: null },
      added: null,
    });
    await dropped;
    try {
      await addPackageInWorker(request, {
        signal,
        onPackage: (found) => change({ arriving: found }),
        onProgress: (next) => change({ progress: next }),
      });
      setState(({ adding }) => ({ adding: null, added: adding?.arriving?.name ?? null }));
    } catch (thrown) {
      // Paused or cancelled.
      if (signal.aborted) return;
      change({ status: 'failed', error: AppError.from(thrown) });
    }
    await getState().refresh();
  }

  async function trying(work: () => Promise<void>): Promise<void> {
    store.setState({ error: null });
    try {
      await work();
    } catch (thrown) {
      store.setState({ error: AppError.from(thrown) });
    }
  }

  /** The app's own model where nothing of it is stored; none while its site cannot be reached. */
  async function bundledModel(
    indexes: ReadonlyMap<ModelKey, IndexSize>,
  ): Promise<readonly Model[]> {
    bundledManifest ??= urlSource(defaultModel, 'site')
      .manifest()
      .then((text) => parseManifest(text, defaultModel))
      .catch(() => null);
    const manifest = await bundledManifest;
    if (!manifest) {
      bundledManifest = undefined;
      return [];
    }
    const key = modelKey(manifest);
    return [
      {
        key,
        manifest,
        origin: { kind: 'site', name: defaultModel },
        address: defaultModel,
        bundled: true,
        complete: true,
        stored: null,
        index: indexes.get(key) ?? null,
      },
    ];
  }

  models.subscribe(() => {
    const before = store.getState().next;
    const next = models.next();
    store.setState({ next });
    // The list says what is indexed.
    if (before?.key !== next?.key) void store.getState().refresh();
  });
  engine.subscribe(({ status }) => {
    // By now the files of a model of this site are kept.
    if (status === 'ready' && store.getState().models) void store.getState().refresh();
  });
  return store;
}

/** A site may hold a newer version of its model than the one that is kept here. */
async function keyNow({ key, address, origin }: Model): Promise<ModelKey> {
  if (origin.kind !== 'site') return key;
  const manifest = await urlSource(address, 'site')
    .manifest()
    .catch(() => null);
  return manifest === null ? key : modelKey(parseManifest(manifest, address));
}
