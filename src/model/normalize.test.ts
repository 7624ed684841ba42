import { describe, expect, it } from 'vitest';
import { createNormalizer } from './normalize';

const settings = { size: 2, mean: [0.5, 0.25, 0], std: [0.5, 0.25, 2] } as const;
const image = { size: 2, mean: [...settings.mean], std: [...settings.std] } as Parameters<
  typeof createNormalizer
>[0];

describe('createNormalizer', () => {
  it('turns rows of RGB into planes of each photo', () => {
    const first = Uint8Array.from([0, 51, 255, 255, 0, 0, 0, 0, 0, 102, 102, 102]);
    const values = createNormalizer(image)([
      { size: 2, data: first },
      { size: 2, data: new Uint8Array(12).fill(255) },
    ]);
    const expected = [
      ...[-1, 1, -1, -0.2],
      ...[-0.2, -1, -1, 0.6],
      ...[0.5, 0, 0, 0.2],
      ...[1, 1, 1, 1, 3, 3, 3, 3, 0.5, 0.5, 0.5, 0.5],
    ];
    expect(values).toHaveLength(expected.length);
    expected.forEach((value, index) => {
      expect(values[index]).toBeCloseTo(value, 6);
    });
  });

  it('refuses photos of another size', () => {
    const normalize = createNormalizer(image);
    expect(() => normalize([{ size: 3, data: new Uint8Array(27) }])).toThrow(RangeError);
    expect(() => normalize([{ size: 2, data: new Uint8Array(11) }])).toThrow(RangeError);
  });
});
