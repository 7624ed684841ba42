import { expect, it } from 'vitest';
import { engineOptionsFrom } from './engine-options';

it('takes the default model and picks the back end itself', () => {
  expect(engineOptionsFrom(new URL('https://host/app/?q=dog'), null)).toEqual({
    modelUrl: 'https://host/app/models/r2d2-mini/',
    backend: 'auto',
  });
});

it('takes the model that was chosen', () => {
  const { modelUrl } = engineOptionsFrom(new URL('https://host/app/'), 'kept:tiny%401');
  expect(modelUrl).toBe('kept:tiny%401');
});

it('follows the address before the choice', () => {
  const address = new URL('https://host/app/?model=/packages/other&backend=wasm');
  expect(engineOptionsFrom(address, 'kept:tiny%401')).toEqual({
    modelUrl: 'https://host/packages/other/',
    backend: 'wasm',
  });
});

it('ignores a back end that does not exist', () => {
  expect(engineOptionsFrom(new URL('https://host/?backend=abacus'), null).backend).toBe('auto');
});
