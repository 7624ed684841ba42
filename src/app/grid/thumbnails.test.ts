import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Thumbnails } from './thumbnails';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const blob = async () => new Blob(['picture']);

it('loads a thumbnail once for all tiles that show it', async () => {
  const load = vi.fn(blob);
  const thumbnails = new Thumbnails(load);
  const urls = await Promise.all([thumbnails.acquire('a'), thumbnails.acquire('a')]);
  expect(load).toHaveBeenCalledTimes(1);
  expect(urls[0]).toBe(urls[1]);
});

it('revokes the longest unused addresses, and none in use', async () => {
  const revoke = vi.spyOn(URL, 'revokeObjectURL');
  const thumbnails = new Thumbnails(blob);
  const shown = await thumbnails.acquire('shown');
  const first = await thumbnails.acquire('0');
  thumbnails.release('0');
  for (let index = 1; index <= 400; index += 1) {
    await thumbnails.acquire(String(index));
    thumbnails.release(String(index));
  }
  await vi.advanceTimersByTimeAsync(60_000);
  expect(revoke).toHaveBeenCalledTimes(1);
  expect(revoke).toHaveBeenCalledWith(first);
  expect(revoke).not.toHaveBeenCalledWith(shown);
});

it('revokes the addresses of removed photos', async () => {
  const revoke = vi.spyOn(URL, 'revokeObjectURL');
  const thumbnails = new Thumbnails(blob);
  const url = await thumbnails.acquire('a');
  thumbnails.remove(['a']);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(revoke).toHaveBeenCalledWith(url);
});

it('tries again after a failure', async () => {
  const load = vi.fn(blob).mockRejectedValueOnce(new Error('not yet'));
  const thumbnails = new Thumbnails(load);
  await expect(thumbnails.acquire('a')).rejects.toThrow('not yet');
  await expect(thumbnails.acquire('a')).resolves.toMatch(/^blob:/);
});

it('knows at once the address of a thumbnail that is there, and only of such', async () => {
  const thumbnails = new Thumbnails(blob);
  const acquired = thumbnails.acquire('a');
  expect(thumbnails.peek('a')).toBeUndefined();
  const url = await acquired;
  expect(thumbnails.peek('a')).toBe(url);
  thumbnails.remove(['a']);
  expect(thumbnails.peek('a')).toBeUndefined();
});
