import { describe, expect, it } from 'vitest';
import { mainRegion, meanAttention, smoothMap } from './heat';

/** 8 × 8 cells, all of the attention in one of them. */
function peak(row: number, column: number): Float32Array {
  const attention = new Float32Array(64);
  attention[row * 8 + column] = 1;
  return attention;
}

const even = new Float32Array(64).fill(1 / 64);

describe('the main region', () => {
  it.each([
    [0, 1, 'upperLeft'],
    [1, 4, 'top'],
    [4, 3, 'centre'],
    [3, 7, 'right'],
    [7, 7, 'lowerRight'],
  ])('of row %i, column %i is %s', (row, column, region) => {
    expect(mainRegion(peak(row, column))).toBe(region);
  });

  it('is none where the attention is spread', () => {
    expect(mainRegion(even)).toBeNull();
  });
});

it('the map is brightest where the attention is greatest', () => {
  const map = smoothMap(peak(2, 5), 80);
  const brightest = map.indexOf(Math.max(...map));
  expect(Math.floor(brightest / 80 / 10)).toBe(2);
  expect(Math.floor((brightest % 80) / 10)).toBe(5);
  expect(Math.max(...map)).toBeCloseTo(1);
  expect(map[79 * 80]).toBeLessThan(0.01);
});

it('the map of a spread attention is half lit everywhere', () => {
  for (const value of smoothMap(even, 16)) expect(value).toBeCloseTo(0.5);
});

it('the mean of attentions sums to 1', () => {
  const mean = meanAttention([peak(0, 0), even]);
  expect(mean.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1);
  expect(mean[0]).toBeCloseTo(0.5 + 1 / 128);
});
