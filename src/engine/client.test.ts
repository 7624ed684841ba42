import { afterEach, describe, expect, it, vi } from 'vitest';
import { AppError, type ErrorCode } from '../errors';
import type { ModelPixels, TextEncoding } from '../model/encoding';
import manifest from '../model/fixtures/manifest.json';
import type { Manifest } from '../model/manifest';
import { createEngine } from './client';
import type { Engine, EngineOptions, EngineState } from './engine';
import type { CallRequest, CallResult, EngineMessage } from './protocol';

/** What a worker does with a request: answers, fails, or keeps silent. */
type Behaviour = (request: CallRequest) => CallResult | AppError | 'silence';

/** A worker that keeps to the protocol without a model; what real graphs do is e2e/engine.spec.ts. */
class FakeWorker extends EventTarget {
  readonly requests: CallRequest[] = [];
  terminated = false;

  constructor(private readonly behave: Behaviour) {
    super();
  }

  postMessage(request: CallRequest): void {
    this.requests.push(request);
    const answer = this.behave(request);
    if (answer === 'silence') return;
    const { id } = request;
    queueMicrotask(() =>
      this.say(
        answer instanceof AppError
          ? { type: 'error', id, error: answer.toWire() }
          : { type: 'result', id, result: answer },
      ),
    );
  }

  say(data: EngineMessage): void {
    if (!this.terminated) this.dispatchEvent(new MessageEvent('message', { data }));
  }

  terminate(): void {
    this.terminated = true;
  }
}

const text: TextEncoding = {
  text: 'a dog',
  embedding: Float32Array.of(1),
  tokens: Float32Array.of(1),
  length: 1,
  pieces: ['dog'],
};
const photo: ModelPixels = { size: 1, data: new Uint8Array(3) };

const sound: Behaviour = (request) => {
  switch (request.type) {
    case 'start':
      return { modelKey: 'tiny@1', manifest: manifest as Manifest };
    case 'prepare-ranker':
    case 'prepare-captioner':
    case 'end-caption':
      return null;
    case 'begin-caption':
      return { text: 'a', drafts: null };
    case 'continue-caption':
      return { text: 'a dog', drafts: [{ text: 'a dog', score: -1 }] };
    case 'encode-images':
      return request.photos.map(() => ({ embedding: text.embedding, tokens: text.tokens }));
    case 'encode-text':
      return { ...text, text: request.text };
    case 'rank': {
      const values = new Float32Array(request.imageTokens.length).fill(request.imageTokens.length);
      return { matchProbabilities: values, attention: values };
    }
  }
};

const failure = (code: ErrorCode) => new AppError(code, code);
const failing =
  (type: CallRequest['type'], code: ErrorCode): Behaviour =>
  (request) =>
    request.type === type ? failure(code) : sound(request);

let engine: Engine | undefined;

/** An engine whose workers behave in turn as given, the last of them for all that follow. */
function start(
  { silenceLimit = 60_000, ...options }: Partial<EngineOptions> & { silenceLimit?: number },
  ...behaviours: Behaviour[]
) {
  const workers: FakeWorker[] = [];
  const started = createEngine(
    { modelUrl: 'https://example.org/tiny/', backend: 'wasm', ...options },
    {
      silenceLimit,
      createWorker: () => {
        const worker = new FakeWorker(behaviours[workers.length] ?? behaviours.at(-1) ?? sound);
        workers.push(worker);
        return worker as unknown as Worker;
      },
    },
  );
  const states: EngineState['status'][] = [];
  started.subscribe(({ status }) => {
    if (states.at(-1) !== status) states.push(status);
  });
  engine = started;
  return { engine: started, workers, states };
}

const withAdapter = () =>
  vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => ({}) }, hardwareConcurrency: 2 });

afterEach(() => {
  engine?.close();
  vi.unstubAllGlobals();
});

it('becomes ready and answers calls that came before', async () => {
  const { engine } = start({});
  const early = engine.encodeText('early');
  await expect(engine.ready()).resolves.toMatchObject({ backend: 'wasm', modelKey: 'tiny@1' });
  await expect(early).resolves.toMatchObject({ text: 'early' });
});

it.each([
  { isFallbackAdapter: true },
  { vendor: 'google', architecture: 'swiftshader' },
  { description: 'llvmpipe (LLVM 15.0.6, 256 bits)' },
])('runs on the processor directly where WebGPU would: %j', async (info) => {
  const gpu = { requestAdapter: async () => ({ info }) };
  vi.stubGlobal('navigator', { gpu, hardwareConcurrency: 2 });
  const { engine } = start({ backend: 'auto' });
  await expect(engine.ready()).resolves.toMatchObject({
    backend: 'wasm',
    fallbackReason: { code: 'backend-slow' },
  });
  const forced = start({ backend: 'webgpu' });
  await expect(forced.engine.ready()).resolves.toMatchObject({ backend: 'webgpu' });
});

it('goes on without a ranker that keeps failing, and says why', async () => {
  const { engine, workers } = start({}, failing('rank', 'session-failed'));
  for (let attempt = 0; attempt < 4; attempt++) {
    await expect(engine.rank(text, [text.tokens])).rejects.toMatchObject({
      code: 'session-failed',
    });
  }
  await expect(engine.encodeText('later')).resolves.toMatchObject({ text: 'later' });
  expect(workers).toHaveLength(3);
  expect(engine.getState()).toMatchObject({ leftOut: { ranker: { code: 'session-failed' } } });
});

it('goes on where both optional parts keep failing', async () => {
  const failed = failure('session-failed');
  const broken = new Set<CallRequest['type']>(['rank', 'begin-caption']);
  const { engine } = start({}, (request) => (broken.has(request.type) ? failed : sound(request)));
  for (let attempt = 0; attempt < 3; attempt++) {
    await expect(engine.rank(text, [text.tokens])).rejects.toThrow();
    await expect(engine.caption(text.tokens, 'en').next()).rejects.toThrow();
  }
  await expect(engine.encodeText('later')).resolves.toMatchObject({ text: 'later' });
  const leftOut = { ranker: { code: 'session-failed' }, captioner: { code: 'session-failed' } };
  expect(engine.getState()).toMatchObject({ leftOut });
});

it('tries a ranker that keeps failing on the processor instead', async () => {
  withAdapter();
  const noRanker = failing('rank', 'session-failed');
  const { engine } = start({ backend: 'auto' }, noRanker, noRanker, sound);
  await expect(engine.rank(text, [text.tokens])).rejects.toThrow();
  await expect(engine.rank(text, [text.tokens])).rejects.toThrow();
  await expect(engine.rank(text, [text.tokens])).resolves.toBeDefined();
  await expect(engine.ready()).resolves.toMatchObject({
    backend: 'wasm',
    fallbackReason: { code: 'session-failed' },
  });
});

describe('a caption', () => {
  const tokens = Float32Array.of(1);

  it('comes step by step, with more urgent calls in between', async () => {
    const { engine, workers } = start({});
    await engine.ready();
    const steps: string[] = [];
    let query: Promise<TextEncoding> | undefined;
    for await (const { text } of engine.caption(tokens, 'en', { priority: 'background' })) {
      steps.push(text);
      query ??= engine.encodeText('query');
    }
    await query;
    expect(steps).toEqual(['a', 'a dog']);
    const types = workers[0]?.requests.map(({ type }) => type) ?? [];
    expect(types.slice(types.indexOf('begin-caption'))).toEqual([
      'begin-caption',
      'encode-text',
      'continue-caption',
    ]);
  });

  it('is let go in the worker when nobody waits for it any more', async () => {
    const { engine, workers } = start({});
    const stop = new AbortController();
    const steps = engine.caption(tokens, 'zh', { signal: stop.signal });
    await steps.next();
    stop.abort();
    await expect(steps.next()).rejects.toMatchObject({ code: 'cancelled' });
    for await (const _ of engine.caption(tokens, 'zh')) break;
    await vi.waitFor(() => {
      const requests = workers[0]?.requests ?? [];
      const numbers = (type: CallRequest['type']) =>
        requests.flatMap((request) =>
          request.type === type && 'caption' in request ? [request.caption] : [],
        );
      expect(numbers('begin-caption')).toHaveLength(2);
      expect(numbers('end-caption')).toEqual(numbers('begin-caption'));
    });
  });

  it('ends with the worker that wrote it; the next one is written by the new worker', async () => {
    const { engine, workers } = start({}, sound);
    const steps = engine.caption(tokens, 'en');
    await steps.next();
    workers[0]?.say({ type: 'device-lost', error: failure('device-lost').toWire() });
    await expect(steps.next()).rejects.toMatchObject({ code: 'engine-stopped' });
    const texts: string[] = [];
    for await (const { text } of engine.caption(tokens, 'en')) texts.push(text);
    expect(texts).toEqual(['a', 'a dog']);
    const types = workers[1]?.requests.map(({ type }) => type);
    expect(types).not.toContain('end-caption');
  });
});

it('tells the progress of the download', async () => {
  const { engine, workers } = start({}, () => 'silence');
  await vi.waitFor(() => expect(workers[0]?.requests).toHaveLength(1));
  const progress = { loadedBytes: 1, totalBytes: 2 };
  workers[0]?.say({ type: 'progress', progress });
  expect(engine.getState()).toEqual({ status: 'loading', progress });
});

it('goes through photos and pairs in batches', async () => {
  const { engine, workers } = start({});
  const photos = Array.from({ length: 3 }, () => photo);
  expect(await engine.encodeImages(photos)).toHaveLength(3);
  const { matchProbabilities } = await engine.rank(
    text,
    Array.from({ length: 20 }, () => text.tokens),
  );
  expect(matchProbabilities).toHaveLength(20);
  const batches = workers[0]?.requests.filter(({ type }) => type === 'rank').length ?? 0;
  expect(batches).toBeGreaterThan(1);
});

it('says why it turned to the CPU where there is no WebGPU', async () => {
  const { engine } = start({ backend: 'auto' });
  await expect(engine.ready()).resolves.toMatchObject({
    backend: 'wasm',
    fallbackReason: { code: 'backend-unavailable' },
  });
});

it.each(['backend-unavailable', 'session-failed', 'run-failed', 'graph-missing'] as const)(
  'turns to the CPU where WebGPU fails with %s',
  async (code) => {
    withAdapter();
    const { engine, workers } = start({ backend: 'auto' }, failing('start', code), sound);
    await expect(engine.ready()).resolves.toMatchObject({
      backend: 'wasm',
      fallbackReason: { code },
    });
    expect(workers[0]?.terminated).toBe(true);
  },
);

it('turns to the CPU where WebGPU hangs at the start', async () => {
  withAdapter();
  const { engine } = start({ backend: 'auto', silenceLimit: 20 }, () => 'silence', sound);
  await expect(engine.ready()).resolves.toMatchObject({
    backend: 'wasm',
    fallbackReason: { code: 'engine-timeout' },
  });
});

it('does not blame the back end for a model that cannot be downloaded', async () => {
  withAdapter();
  const { engine, workers } = start({ backend: 'auto' }, failing('start', 'download-failed'));
  await expect(engine.ready()).rejects.toMatchObject({ code: 'download-failed' });
  expect(workers).toHaveLength(1);
});

it('keeps to a forced back end, and starts again when told', async () => {
  const { engine, workers } = start(
    { backend: 'webgpu' },
    failing('start', 'backend-unavailable'),
    sound,
  );
  await expect(engine.ready()).rejects.toMatchObject({ code: 'backend-unavailable' });
  await expect(engine.encodeText('dog')).rejects.toMatchObject({ code: 'backend-unavailable' });
  engine.restart({ backend: 'wasm' });
  await expect(engine.ready()).resolves.toMatchObject({ backend: 'wasm' });
  expect(workers).toHaveLength(2);
});

it('answers no call with another model than the one that it was made for', async () => {
  const { engine, workers } = start({}, sound, () => 'silence', sound);
  const other = 'https://example.org/other/';
  await engine.ready();
  const waiting = engine.encodeText('waiting');
  engine.restart({ modelUrl: other });
  await expect(waiting).rejects.toMatchObject({ code: 'engine-stopped' });
  expect(engine.getState().status).toBe('loading');
  await expect(engine.encodeText('early')).rejects.toMatchObject({ code: 'engine-stopped' });
  await vi.waitFor(() => expect(workers).toHaveLength(2));
  engine.restart();
  await expect(engine.encodeText('early')).rejects.toMatchObject({ code: 'engine-stopped' });
  await engine.ready();
  await expect(engine.encodeText('late')).resolves.toMatchObject({ text: 'late' });
  expect(workers.map(({ terminated }) => terminated)).toEqual([true, true, false]);
  expect(workers[2]?.requests[0]).toMatchObject({ modelUrl: other });
});

it('keeps the worker after a call that did not touch a session', async () => {
  const { engine, workers } = start({}, failing('rank', 'graph-missing'));
  const ranking = engine.rank(text, [text.tokens]);
  await expect(ranking).rejects.toMatchObject({ code: 'graph-missing' });
  await expect(engine.encodeText('dog')).resolves.toMatchObject({ text: 'dog' });
  expect(workers).toHaveLength(1);
});

it('gives waiting calls to a new worker after a lost device', async () => {
  const quiet: Behaviour = (request) => (request.type === 'start' ? sound(request) : 'silence');
  const { engine, workers, states } = start({ backend: 'webgpu' }, quiet, sound);
  await engine.ready();
  const running = engine.encodeText('running');
  const waiting = engine.encodeText('waiting');
  await vi.waitFor(() => expect(workers[0]?.requests).toHaveLength(2));
  workers[0]?.say({ type: 'device-lost', error: failure('device-lost').toWire() });
  await expect(running).rejects.toMatchObject({ code: 'device-lost' });
  await expect(waiting).resolves.toMatchObject({ text: 'waiting' });
  expect(workers[0]?.terminated).toBe(true);
  expect(states).toEqual(['ready', 'loading', 'ready']);
});

it('ends a worker that hangs', async () => {
  const hanging: Behaviour = (request) => (request.type === 'start' ? sound(request) : 'silence');
  const { engine, workers } = start({ silenceLimit: 20 }, hanging, sound);
  await expect(engine.encodeText('first')).rejects.toMatchObject({ code: 'engine-timeout' });
  await expect(engine.encodeText('second')).resolves.toMatchObject({ text: 'second' });
  expect(workers.map(({ terminated }) => terminated)).toEqual([true, false]);
});

it('turns to the CPU after repeated losses', async () => {
  withAdapter();
  const losing = failing('encode-text', 'device-lost');
  const { engine, workers } = start({ backend: 'auto' }, losing, losing, losing, sound);
  for (let loss = 0; loss < 3; loss++) {
    await expect(engine.encodeText('dog')).rejects.toMatchObject({ code: 'device-lost' });
  }
  await expect(engine.encodeText('dog')).resolves.toMatchObject({ text: 'dog' });
  expect(engine.getState()).toMatchObject({
    status: 'ready',
    backend: 'wasm',
    fallbackReason: { code: 'device-lost' },
  });
  expect(workers).toHaveLength(4);
});

it('gives up where the CPU fails again and again', async () => {
  const { engine } = start({}, failing('encode-text', 'run-failed'));
  for (let loss = 0; loss < 4; loss++) {
    await expect(engine.encodeText('dog')).rejects.toMatchObject({ code: 'run-failed' });
  }
  expect(engine.getState()).toMatchObject({ status: 'failed', error: { code: 'run-failed' } });
});

it('tells everyone who waits that it was closed', async () => {
  const { engine, workers } = start({}, () => 'silence');
  const ready = engine.ready();
  const call = engine.encodeText('dog');
  await vi.waitFor(() => expect(workers).toHaveLength(1));
  engine.close();
  await expect(ready).rejects.toMatchObject({ code: 'engine-stopped' });
  await expect(call).rejects.toMatchObject({ code: 'engine-stopped' });
  expect(workers[0]?.terminated).toBe(true);
});
