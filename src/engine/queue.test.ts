import { describe, expect, it } from 'vitest';
import { AppError } from '../errors';
import { CallQueue } from './queue';

/** Calls that end when told, and the order in which they began. */
function createCalls() {
  const begun: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const call = (name: string) => () =>
    new Promise<string>((resolve, reject) => {
      begun.push(name);
      ends.set(name, (error) => (error ? reject(error) : resolve(name)));
    });
  return { begun, call, end: (name: string, error?: Error) => ends.get(name)?.(error) };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

describe('CallQueue', () => {
  it('runs nothing while paused, then one call at a time', async () => {
    const { begun, call, end } = createCalls();
    const queue = new CallQueue();
    const first = queue.enqueue(call('first'));
    const second = queue.enqueue(call('second'));
    await settled();
    expect(begun).toEqual([]);
    queue.resume();
    await settled();
    expect(begun).toEqual(['first']);
    end('first');
    await expect(first).resolves.toBe('first');
    await settled();
    expect(begun).toEqual(['first', 'second']);
    end('second');
    await expect(second).resolves.toBe('second');
  });

  it('lets interactive calls overtake background calls', async () => {
    const { begun, call, end } = createCalls();
    const queue = new CallQueue();
    queue.resume();
    for (const name of ['index 1', 'index 2']) {
      void queue.enqueue(call(name), { priority: 'background' });
    }
    void queue.enqueue(call('query'));
    await settled();
    end('index 1');
    await settled();
    end('query');
    await settled();
    expect(begun).toEqual(['index 1', 'query', 'index 2']);
  });

  it('goes on after a failed call', async () => {
    const { begun, call, end } = createCalls();
    const queue = new CallQueue();
    queue.resume();
    const first = queue.enqueue(call('first'));
    void queue.enqueue(call('second'));
    end('first', new Error('broken'));
    await expect(first).rejects.toThrow('broken');
    await settled();
    expect(begun).toEqual(['first', 'second']);
  });

  it('never runs a call that was aborted while it waited', async () => {
    const { begun, call, end } = createCalls();
    const queue = new CallQueue();
    queue.resume();
    const controller = new AbortController();
    void queue.enqueue(call('first'));
    const aborted = queue.enqueue(call('aborted'), { signal: controller.signal });
    void queue.enqueue(call('last'));
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: 'cancelled' });
    end('first');
    await settled();
    expect(begun).toEqual(['first', 'last']);
  });

  it('tells the caller of an aborted call at once, and waits for its end', async () => {
    const { begun, call, end } = createCalls();
    const queue = new CallQueue();
    queue.resume();
    const controller = new AbortController();
    const running = queue.enqueue(call('running'), { signal: controller.signal });
    void queue.enqueue(call('next'));
    await settled();
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    expect(begun).toEqual(['running']);
    end('running');
    await settled();
    expect(begun).toEqual(['running', 'next']);
  });

  it('refuses a call that is aborted already', async () => {
    const queue = new CallQueue();
    const call = queue.enqueue(async () => 'never', { signal: AbortSignal.abort() });
    await expect(call).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('rejects what waits when cleared', async () => {
    const { begun, call } = createCalls();
    const queue = new CallQueue();
    const calls = [
      queue.enqueue(call('query')),
      queue.enqueue(call('index'), { priority: 'background' }),
    ];
    const error = new AppError('engine-stopped', 'The engine was stopped.');
    queue.clear(error);
    for (const waiting of calls) await expect(waiting).rejects.toBe(error);
    queue.resume();
    await settled();
    expect(begun).toEqual([]);
  });
});
