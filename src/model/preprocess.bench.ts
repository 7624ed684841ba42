/** Resizing of photos as cameras and phones make them: `npx vitest bench src/model`. */
import { bench, describe } from 'vitest';
import { resizeToModelPixels } from './preprocess';

describe.each([
  ['12 megapixels, across', 4000, 3000],
  ['12 megapixels, upright', 3000, 4000],
  ['a tall screenshot', 1080, 2400],
  ['50 megapixels', 8160, 6120],
] as const)('%s', (_, width, height) => {
  const photo = new Uint8Array(width * height * 4).map((_value, i) => (i * 2654435761) >>> 24);
  bench('to 224 × 224', () => {
    resizeToModelPixels(photo, width, height, 224);
  });
});
