import { expect, it } from 'vitest';
import { absoluteAddress, keptAddress, keyOfAddress } from './address';

const base = 'https://example.org/app/';

it.each([
  ['models/tiny', 'https://example.org/app/models/tiny/'],
  ['/models/tiny/', 'https://example.org/models/tiny/'],
  ['https://example.com/tiny', 'https://example.com/tiny/'],
  ['https://example.com/tiny/manifest.json', 'https://example.com/tiny/'],
])('resolves %s against the page', (address, expected) => {
  expect(absoluteAddress(address, base)).toBe(expected);
});

it('leads back from the address of a kept package to its model', () => {
  const address = keptAddress('tiny@1/beta 2');
  expect(absoluteAddress(address, base)).toBe(address);
  expect(keyOfAddress(address)).toBe('tiny@1/beta 2');
  expect(keyOfAddress('models/tiny')).toBeUndefined();
});
