import { describe, expect, it, test, vi } from 'vitest';
import { inBatches, mapAhead, WriteBehind } from './pipeline';

async function* numbers(count: number) {
  for (let i = 0; i < count; i++) yield i;
}

const tick = () => new Promise((resolve) => setTimeout(resolve));

test('mapAhead keeps the order, and works ahead by no more than it may', async () => {
  let inWork = 0;
  let most = 0;
  const outputs: number[] = [];
  const mapped = mapAhead(numbers(20), 4, async (value) => {
    most = Math.max(most, ++inWork);
    // The first of each four takes longest.
    for (let i = value % 4; i < 4; i++) await tick();
    inWork--;
    return value * 10;
  });
  for await (const output of mapped) outputs.push(output);
  expect(outputs).toEqual(Array.from({ length: 20 }, (_, value) => value * 10));
  expect(most).toBe(4);
});

test('mapAhead works while the consumer is busy', async () => {
  const done: number[] = [];
  const mapped = mapAhead(numbers(10), 3, async (value) => done.push(value));
  await mapped.next();
  await tick();
  expect(done).toEqual([0, 1, 2]);
  await mapped.return(undefined);
});

test('mapAhead ends only when what it began has ended', async () => {
  const ended: number[] = [];
  const mapped = mapAhead(numbers(10), 3, async (value) => {
    if (value === 0) throw new Error('broken');
    await tick();
    ended.push(value);
  });
  await expect(mapped.next()).rejects.toThrow('broken');
  expect(ended).toEqual([1, 2]);
});

test('inBatches leaves out nulls and gives the rest at the end', async () => {
  const batches: (readonly number[])[] = [];
  const source = mapAhead(numbers(8), 2, async (value) => (value % 4 === 1 ? null : value));
  for await (const batch of inBatches(source, 4)) batches.push(batch);
  expect(batches).toEqual([
    [0, 2, 3, 4],
    [6, 7],
  ]);
});

describe('writing behind', () => {
  /** A write that ends when told to, and what was written. */
  function slowWrites(most: number) {
    const written: (readonly number[])[] = [];
    const ends: (() => void)[] = [];
    const writes = new WriteBehind<number>(async (items) => {
      await new Promise<void>((resolve) => ends.push(resolve));
      written.push(items);
    }, most);
    return { writes, written, end: () => ends.shift()?.() };
  }

  it('writes together what came while a write was under way', async () => {
    const { writes, written, end } = slowWrites(9);
    for (const item of [1, 2, 3]) await writes.add([item]);
    end();
    await vi.waitUntil(() => written.length === 1);
    end();
    await writes.end();
    expect(written).toEqual([[1], [2, 3]]);
  });

  it('has its maker wait when too much is unwritten', async () => {
    const { writes, written, end } = slowWrites(2);
    await writes.add([1]);
    let added = false;
    const adding = writes.add([2, 3]).then(() => {
      added = true;
    });
    await new Promise((resolve) => setTimeout(resolve));
    expect(added).toBe(false);
    end();
    await vi.waitUntil(() => written.length === 1);
    end();
    await adding;
    expect(written).toEqual([[1], [2, 3]]);
  });

  it('tells of a failed write at the next item and at the end', async () => {
    const writes = new WriteBehind<number>(async () => {
      throw new Error('full');
    }, 9);
    await writes.add([1]);
    await new Promise((resolve) => setTimeout(resolve));
    await expect(writes.add([2])).rejects.toThrow('full');
    await expect(writes.end()).rejects.toThrow('full');
  });
});
