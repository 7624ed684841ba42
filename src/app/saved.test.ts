import { afterEach, expect, it, vi } from 'vitest';
import { forgetParameter, readSaved, save } from './saved';

afterEach(() => vi.unstubAllGlobals());

it('goes on without storage that is blocked', () => {
  const refuse = () => {
    throw new DOMException('Blocked', 'SecurityError');
  };
  vi.stubGlobal('localStorage', { getItem: refuse, setItem: refuse, removeItem: refuse });
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  save('theme', 'dark');
  expect(readSaved('theme')).toBeNull();
  expect(warn).toHaveBeenCalledTimes(1);
});

it('takes one parameter off the address and leaves the rest', () => {
  const replaceState = vi.fn();
  vi.stubGlobal('location', { href: 'https://host/app/?lang=zh&model=tiny#q=dog' });
  vi.stubGlobal('history', { state: null, replaceState });
  forgetParameter('lang');
  expect(String(replaceState.mock.calls[0]?.[2])).toBe('https://host/app/?model=tiny#q=dog');
});
