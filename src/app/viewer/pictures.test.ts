import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Pictures } from './pictures';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const read = async () => ({
  blob: new Blob(['picture']),
  original: true,
  showable: true,
  requestable: false,
});

it('reads a picture once while it is kept', async () => {
  const picture = vi.fn(read);
  const pictures = new Pictures({ picture });
  const [ahead, shown] = await Promise.all([pictures.load('a'), pictures.load('a')]);
  expect(shown).toBe(ahead);
  pictures.keep([]);
  expect((await pictures.load('a')).url).not.toBe(shown.url);
  expect(picture).toHaveBeenCalledTimes(2);
});

it('revokes the addresses of all pictures but those kept', async () => {
  const revoke = vi.spyOn(URL, 'revokeObjectURL');
  const pictures = new Pictures({ picture: read });
  const gone = await pictures.load('gone');
  await pictures.load('kept');
  pictures.keep(['kept']);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(revoke.mock.calls).toEqual([[gone.url]]);
});

it('leaves time to read a picture that was dropped while it was on its way', async () => {
  const revoke = vi.spyOn(URL, 'revokeObjectURL');
  const pictures = new Pictures({ picture: read });
  const onItsWay = pictures.load('a');
  pictures.keep([]);
  const { url } = await onItsWay;
  await vi.advanceTimersByTimeAsync(1000);
  expect(revoke).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(revoke).toHaveBeenCalledWith(url);
});

it('tries again after a failure', async () => {
  const picture = vi.fn(read).mockRejectedValueOnce(new Error('not yet'));
  const pictures = new Pictures({ picture });
  await expect(pictures.load('a')).rejects.toThrow('not yet');
  await expect(pictures.load('a')).resolves.toMatchObject({ original: true });
});
