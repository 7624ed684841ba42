import { expect, it } from 'vitest';
import type { Engine, EngineOptions, EngineState } from '../../engine/engine';
import { AppError } from '../../errors';
import type { IndexingState, Library, LibraryEvent } from '../../library/library';
import type { ImageEncoder, ModelKey } from '../../model/encoding';
import manifest from '../../model/fixtures/manifest.json';
import type { Manifest } from '../../model/manifest';
import { ModelSwitch } from './model-switch';

const ready = (modelKey: ModelKey): EngineState => ({
  status: 'ready',
  backend: 'wasm',
  modelKey,
  manifest: manifest as Manifest,
});

/** An engine whose states the test gives. */
class GivenEngine {
  closed = false;
  readonly restarts: (Partial<EngineOptions> | undefined)[] = [];
  #state: EngineState = { status: 'loading', progress: null };
  #listener: (state: EngineState) => void = () => {};

  constructor(readonly options: Partial<EngineOptions> = {}) {}

  get engine(): Engine {
    return this as unknown as Engine;
  }
  getState(): EngineState {
    return this.#state;
  }
  subscribe(listener: (state: EngineState) => void): () => void {
    this.#listener = listener;
    return () => {};
  }
  become(state: EngineState): void {
    this.#state = state;
    this.#listener(state);
  }
  restart(options?: Partial<EngineOptions>): void {
    this.restarts.push(options);
  }
  close(): void {
    this.closed = true;
  }
}

/** A library of ten photos that are indexed for the first model, and for others as the test says. */
function start() {
  let encoder: ImageEncoder | null = null;
  let searchEncoder: ImageEncoder | null = null;
  let tell: (event: LibraryEvent) => void = () => {};
  const sizes = new Map([['first@1' as ModelKey, { photos: 10, bytes: 1 }]]);
  let state: IndexingState = {
    status: 'idle',
    modelKey: 'first@1',
    done: 10,
    total: 10,
    failed: 0,
    photosPerSecond: null,
    secondsLeft: null,
  };
  const library: Pick<
    Library,
    'indexing' | 'indexSizes' | 'photos' | 'setEncoder' | 'setSearchEncoder' | 'subscribe'
  > = {
    indexing: () => state,
    indexSizes: async () => sizes,
    photos: () => Array(10).fill({}),
    setEncoder: (next) => {
      encoder = next;
    },
    setSearchEncoder: (next) => {
      searchEncoder = next;
    },
    subscribe: (listener) => {
      tell = listener;
      return () => {};
    },
  };
  const first = new GivenEngine();
  const others: GivenEngine[] = [];
  const choices: (readonly [string, string | null])[] = [];
  const models = new ModelSwitch({
    engine: first.engine,
    library,
    createEngine: (options) => {
      const created = new GivenEngine(options);
      others.push(created);
      return created.engine;
    },
    onChoice: (used, next) => choices.push([used, next]),
    used: 'first/',
  });
  first.become(ready('first@1'));
  const index = (modelKey: ModelKey, done: number, changes: Partial<IndexingState> = {}) => {
    state = { ...state, status: done < 10 ? 'running' : 'idle', modelKey, done, ...changes };
    tell({ type: 'indexing', state });
  };
  const encoders = () => [encoder?.modelKey ?? null, searchEncoder?.modelKey ?? null];
  return { models, first, others, choices, sizes, index, encoders };
}

const useSecond = (models: ModelSwitch) => models.use('second@1', 'kept:second@1', 'Second');

it('indexes for the next model on a second engine, then changes over and ends it', async () => {
  const { models, first, others, choices, index, encoders } = start();
  expect(encoders()).toEqual(['first@1', null]);
  await useSecond(models);
  const [second] = others;
  expect(second?.options).toEqual({ modelUrl: 'kept:second@1', imagesOnly: true });
  expect(encoders()).toEqual([null, 'first@1']);
  second?.become(ready('second@1'));
  expect(encoders()).toEqual(['second@1', 'first@1']);
  expect(models.next()).toMatchObject({ key: 'second@1', name: 'Second' });
  expect(choices).toEqual([['first/', 'kept:second@1']]);

  index('second@1', 5);
  expect(first.restarts).toEqual([]);
  index('second@1', 10);
  expect(second?.closed).toBe(true);
  expect(first.restarts).toEqual([{ modelUrl: 'kept:second@1' }]);
  expect(models.next()).toBeNull();
  expect(choices.at(-1)).toEqual(['kept:second@1', null]);
  first.become(ready('second@1'));
  expect(encoders()).toEqual(['second@1', null]);
});

it('does not take the end of the old indexing for that of the new', async () => {
  const { models, first, index } = start();
  await useSecond(models);
  index('first@1', 10);
  expect(first.restarts).toEqual([]);
});

it('changes over although the indexing was paused at its very end', async () => {
  const { models, first, index } = start();
  await useSecond(models);
  index('second@1', 10, { status: 'paused' });
  expect(first.restarts).toHaveLength(1);
});

it('changes at once where the library is indexed already', async () => {
  const { models, first, others, sizes } = start();
  sizes.set('second@1', { photos: 10, bytes: 1 });
  await useSecond(models);
  expect(others).toHaveLength(0);
  expect(first.restarts).toEqual([{ modelUrl: 'kept:second@1' }]);
});

it('asks which version is there before it takes the library for indexed', async () => {
  const { models, first, others, sizes } = start();
  sizes.set('second@1', { photos: 10, bytes: 1 });
  await models.use(Promise.resolve('second@2'), 'site/second/', 'Second');
  expect(first.restarts).toEqual([]);
  expect(others).toHaveLength(1);
  expect(models.next()?.key).toBe('second@2');
});

it('changes at once when the person wants it', async () => {
  const { models, first, others } = start();
  await useSecond(models);
  models.changeNow();
  expect([others[0]?.closed, first.restarts.length, models.next()]).toEqual([true, 1, null]);
});

it('stays with the old model when the person wants it', async () => {
  const { models, first, others, choices, encoders } = start();
  await useSecond(models);
  others[0]?.become(ready('second@1'));
  models.cancel();
  expect([others[0]?.closed, first.restarts, models.next()]).toEqual([true, [], null]);
  expect(encoders()).toEqual(['first@1', null]);
  expect(choices.at(-1)).toEqual(['first/', null]);
});

it('tells why the next model does not start, and starts it again', async () => {
  const { models, others, encoders } = start();
  await useSecond(models);
  const error = new AppError('session-failed', 'no memory');
  others[0]?.become({ status: 'failed', error });
  expect(models.next()?.engine).toEqual({ status: 'failed', error });
  expect(encoders()).toEqual([null, 'first@1']);
  models.retry();
  expect(others[0]?.restarts).toHaveLength(1);
});

it('takes the model that was asked for last', async () => {
  const { models, others } = start();
  await Promise.all([useSecond(models), models.use('third@1', 'kept:third', 'Third')]);
  expect(others).toHaveLength(1);
  expect(models.next()?.key).toBe('third@1');
});

it('does not forget a model that is being asked for when the next one takes over', async () => {
  const { models, others, index } = start();
  await useSecond(models);
  others[0]?.become(ready('second@1'));
  let known = (_: ModelKey) => {};
  const key = new Promise<ModelKey>((resolve) => {
    known = resolve;
  });
  const third = models.use(key, 'https://example.org/third/', 'Third');
  index('second@1', 10);
  expect(models.used()).toBe('kept:second@1');
  known('third@1');
  await third;
  expect(models.next()?.key).toBe('third@1');
});

it('takes a third model in the place of the one that was to be next', async () => {
  const { models, others } = start();
  await useSecond(models);
  await models.use('third@1', 'kept:third', 'Third');
  expect(others.map(({ closed }) => closed)).toEqual([true, false]);
  expect(models.next()?.key).toBe('third@1');
});

it('stays with a package that is used as it is kept where its site has no newer version', async () => {
  const { models, first, others, sizes } = start();
  sizes.set('second@1', { photos: 10, bytes: 1 });
  await useSecond(models);
  expect(first.restarts).toEqual([{ modelUrl: 'kept:second@1' }]);
  await models.use('second@1', 'second/', 'Second');
  expect(models.used()).toBe('kept:second@1');
  expect(first.restarts).toHaveLength(1);
  expect(others).toEqual([]);
});

it('changes to an address at once, whatever was to come next', async () => {
  const { models, first, others } = start();
  await useSecond(models);
  models.changeTo('third/');
  expect(others[0]?.closed).toBe(true);
  expect(models.next()).toBeNull();
  expect(first.restarts).toEqual([{ modelUrl: 'third/' }]);
});
