import { describe, expect, it } from 'vitest';
import expected from './fixtures/resize.json';
import { PillowResizer, resizeToModelPixels } from './preprocess';

/** The picture of fixtures/resize.py, as RGBA with an alpha that must not matter. */
function picture(width: number, height: number): Uint8ClampedArray {
  const rgba = new Uint8ClampedArray(width * height * 4);
  let state = width * 65537 + height;
  for (let i = 0; i < rgba.length; i++) {
    if (i % 4 === 3) {
      rgba[i] = i;
      continue;
    }
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const noise = state >>> 24;
    rgba[i] = state & 0x10000 ? noise : 255 * (noise >> 7);
  }
  return rgba;
}

describe('PillowResizer', () => {
  it.each(expected.cases)('equals Pillow for $width × $height to $size', (sample) => {
    const { width, height, size } = sample;
    const pixels = resizeToModelPixels(picture(width, height), width, height, size);
    expect(pixels.size).toBe(size);
    expect(Buffer.from(pixels.data).toString('base64')).toBe(sample.rgb);
  });

  it.each([
    [197, 131],
    [20, 190],
  ])('gives the same for strips of %i × %i', (width, height) => {
    const rgba = picture(width, height);
    const resizer = new PillowResizer(width, height, 16);
    for (let row = 0; row < height; row += 7) {
      resizer.pushRows(rgba.subarray(row * width * 4), Math.min(7, height - row));
    }
    expect(resizer.finish()).toEqual(resizeToModelPixels(rgba, width, height, 16));
  });

  it('refuses rows that are missing or too many', () => {
    const resizer = new PillowResizer(4, 4, 2);
    expect(() => resizer.pushRows(new Uint8Array(16), 2)).toThrow(RangeError);
    resizer.pushRows(new Uint8Array(48), 3);
    expect(() => resizer.finish()).toThrow(RangeError);
    expect(() => resizer.pushRows(new Uint8Array(32), 2)).toThrow(RangeError);
  });
});
