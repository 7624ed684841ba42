import { afterEach, expect, test, vi } from 'vitest';
import { DecodePool } from './pool';
import type { DecodeRequest, DecodeResponse, PhotoIdentity } from './protocol';

/** A worker thread whose answers the test gives. */
class ScriptedWorker {
  onmessage: ((event: { data: DecodeResponse }) => void) | null = null;
  onerror: ((event: { message: string }) => void) | null = null;
  ended = false;
  readonly requests: DecodeRequest[] = [];

  postMessage(request: DecodeRequest): void {
    this.requests.push(request);
  }

  terminate(): void {
    this.ended = true;
  }

  answer(id: string): void {
    this.onmessage?.({ data: { kind: 'ready' } });
    this.onmessage?.({ data: { kind: 'result', result: identity(id) } });
  }
}

function identity(id: string, megapixels = 1): PhotoIdentity {
  return { id, type: 'image/png', megapixels };
}

function pool(size: number, timeoutMs = 60_000) {
  const workers: ScriptedWorker[] = [];
  const createWorker = () => {
    const worker = new ScriptedWorker();
    workers.push(worker);
    return worker as unknown as Worker;
  };
  const worker = (index: number) => workers[index] as ScriptedWorker;
  return { pool: new DecodePool({ size, timeoutMs, createWorker }), workers, worker };
}

const file = new Blob(['x']);

afterEach(() => {
  vi.useRealTimers();
});

test('each worker has one task at a time, and is used again', async () => {
  const { pool: decoder, workers, worker } = pool(2);
  const answers = [1, 2, 3].map(() => decoder.identify(file));
  expect(workers.map(({ requests }) => requests.length)).toEqual([1, 1]);
  worker(1).answer('second');
  await answers[1];
  expect(workers.map(({ requests }) => requests.length)).toEqual([1, 2]);
  worker(0).answer('first');
  worker(1).answer('third');
  expect((await Promise.all(answers)).map(({ id }) => id)).toEqual(['first', 'second', 'third']);
});

test('a photo that breaks its worker fails alone, and the worker is replaced', async () => {
  const { pool: decoder, worker } = pool(1);
  const broken = decoder.identify(file);
  const next = decoder.identify(file);
  worker(0).onmessage?.({ data: { kind: 'ready' } });
  worker(0).onerror?.({ message: 'out of memory' });
  await expect(broken).rejects.toMatchObject({ code: 'photo-broken' });
  expect(worker(0).ended).toBe(true);
  worker(1).answer('next');
  expect(await next).toMatchObject({ id: 'next' });
});

test('a worker whose code does not load is not the fault of the photo', async () => {
  const { pool: decoder, worker } = pool(1);
  const answer = decoder.identify(file);
  worker(0).onerror?.({ message: '' });
  await expect(answer).rejects.toMatchObject({ code: 'internal' });
});

test('a photo that takes too long twice fails, and its workers are ended', async () => {
  vi.useFakeTimers();
  const { pool: decoder, worker, workers } = pool(1, 1000);
  const answer = expect(decoder.identify(file)).rejects.toMatchObject({ code: 'photo-broken' });
  await vi.advanceTimersByTimeAsync(1000);
  expect(workers.map(({ ended }) => ended)).toEqual([true, false]);
  await vi.advanceTimersByTimeAsync(1000);
  await answer;
  expect(worker(1).ended).toBe(true);
  expect(workers).toHaveLength(2);
});

test('a photo that was interrupted, as by a page that slept, is decoded by a fresh worker', async () => {
  vi.useFakeTimers();
  const { pool: decoder, worker } = pool(1, 1000);
  const answer = decoder.identify(file);
  await vi.advanceTimersByTimeAsync(1000);
  worker(1).answer('awake');
  expect(await answer).toMatchObject({ id: 'awake' });
});

test('an aborted photo that takes too long is not tried again', async () => {
  vi.useFakeTimers();
  const { pool: decoder, workers } = pool(1, 1000);
  const abort = new AbortController();
  const answer = decoder.identify(file, { signal: abort.signal });
  abort.abort();
  await expect(answer).rejects.toMatchObject({ code: 'cancelled' });
  await vi.advanceTimersByTimeAsync(1000);
  expect(workers.map(({ ended }) => ended)).toEqual([true]);
});

test('large photos are not decoded at the same time', async () => {
  const { pool: decoder, workers, worker } = pool(3);
  const first = decoder.prepare(file, identity('a', 48), 64);
  const second = decoder.prepare(file, identity('b', 48), 64);
  expect(workers).toHaveLength(1);
  worker(0).answer('a');
  await first;
  expect(worker(0).requests).toHaveLength(2);
  worker(0).answer('b');
  await second;
});

test('what somebody waits for overtakes, and an aborted task is not begun', async () => {
  const { pool: decoder, worker } = pool(1);
  const first = decoder.identify(file);
  const abort = new AbortController();
  const aborted = decoder.identify(file, { signal: abort.signal });
  const photo = { blob: file, megapixels: 1 };
  const background = { priority: 'background' } as const;
  const later = [
    decoder.identify(file, background),
    decoder.preparePixels(photo, 32, background),
    decoder.preparePixels(photo, 33, background),
  ];
  const urgent = [decoder.preparePixels(photo, 64), decoder.preparePixels(photo, 65)];
  abort.abort();
  await expect(aborted).rejects.toMatchObject({ code: 'cancelled' });
  for (const [index, answer] of [first, ...urgent, ...later].entries()) {
    worker(0).answer(String(index));
    await answer;
  }
  expect(worker(0).requests.map(({ task, args: [, size] }) => [task, size])).toEqual([
    ['identify', undefined],
    ['preparePixels', 64],
    ['preparePixels', 65],
    ['identify', undefined],
    ['preparePixels', 32],
    ['preparePixels', 33],
  ]);
});

test('closing ends the workers and rejects what waits', async () => {
  const { pool: decoder, worker } = pool(1);
  const answers = [decoder.identify(file), decoder.identify(file)];
  decoder.close();
  for (const answer of answers) await expect(answer).rejects.toMatchObject({ code: 'cancelled' });
  expect(worker(0).ended).toBe(true);
});
