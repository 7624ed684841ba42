import { expect, it } from 'vitest';
import { engineOptionsFrom } from './engine-options';

it('takes the default model and picks the back end itself', () => {
  expect(engineOptionsFrom(new URL('https://host/app/?q=dog'))).toEqual({
    modelUrl: 'https://host/app/models/r2d2-mini',
    backend: 'auto',
  });
});

it('follows the address', () => {
  const address = new URL('https://host/app/?model=/packages/other&backend=wasm');
  expect(engineOptionsFrom(address)).toEqual({
    modelUrl: 'https://host/packages/other',
    backend: 'wasm',
  });
});

it('ignores a back end that does not exist', () => {
  expect(engineOptionsFrom(new URL('https://host/?backend=abacus')).backend).toBe('auto');
});
