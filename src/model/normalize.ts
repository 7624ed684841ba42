/** 8-bit pixels to the floating-point planes that an image encoder reads. */
import type { ModelPixels } from './encoding';
import type { Manifest } from './manifest';

export type Normalizer = (photos: readonly ModelPixels[]) => Float32Array<ArrayBuffer>;

/**
 * Makes the function from N photos to `pixel_values`: N × 3 × size × size, (value / 255 - mean) / std.
 * A channel has only 256 values, so each is worked out once.
 */
export function createNormalizer({
  size,
  mean,
  std,
}: Pick<Manifest['image'], 'size' | 'mean' | 'std'>): Normalizer {
  const tables = mean.map((channelMean, channel) =>
    Float32Array.from(
      { length: 256 },
      (_, value) => (value / 255 - channelMean) / (std[channel] ?? 1),
    ),
  );
  const plane = size * size;
  return (photos) => {
    const values = new Float32Array(photos.length * 3 * plane);
    photos.forEach(({ data, size: side }, photo) => {
      if (side !== size || data.length !== 3 * plane) {
        throw new RangeError(
          `a photo of ${side} pixels a side with ${data.length} values, for ${size}`,
        );
      }
      tables.forEach((table, channel) => {
        const start = (photo * 3 + channel) * plane;
        for (let i = 0; i < plane; i++) {
          values[start + i] = table[data[i * 3 + channel] as number] as number;
        }
      });
    });
    return values;
  };
}
