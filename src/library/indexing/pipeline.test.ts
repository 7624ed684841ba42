import { expect, test } from 'vitest';
import { inBatches, mapAhead } from './pipeline';

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
