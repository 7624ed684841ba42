/** The weights of Pillow's antialiased bicubic filter, in its fixed-point form. */

/** Fractional bits of a weight: 32 less 8 of the result and 2 for the filter's overshoot. */
export const precision = 22;
/** Added to a sum so that dropping the fractional bits rounds it. */
export const half = 1 << (precision - 1);

/** Half the width of the cubic kernel, in pixels of the smaller of both sides. */
const kernelRadius = 2;

/** For each output position: where its inputs begin, how many there are, and their weights. */
export interface Filter {
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  /** `stride` values an output position. */
  readonly weights: Int32Array;
  readonly stride: number;
}

export function createFilter(inputLength: number, outputLength: number): Filter {
  const scale = inputLength / outputLength;
  const filterScale = Math.max(scale, 1);
  const radius = kernelRadius * filterScale;
  const stride = Math.ceil(radius) * 2 + 1;
  const starts = new Int32Array(outputLength);
  const counts = new Int32Array(outputLength);
  const weights = new Int32Array(outputLength * stride);
  const row = new Float64Array(stride);
  for (let output = 0; output < outputLength; output++) {
    const center = (output + 0.5) * scale;
    const start = Math.max(Math.trunc(center - radius + 0.5), 0);
    const count = Math.min(Math.trunc(center + radius + 0.5), inputLength) - start;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      // Multiplied by the inverse, not divided: the last bit of the weights depends on it.
      const weight = cubic(Math.abs((i + start - center + 0.5) * (1 / filterScale)));
      row[i] = weight;
      sum += weight;
    }
    for (let i = 0; i < count; i++) {
      const weight = ((row[i] as number) / sum) * (1 << precision);
      weights[output * stride + i] = Math.trunc(weight < 0 ? weight - 0.5 : weight + 0.5);
    }
    starts[output] = start;
    counts[output] = count;
  }
  return { starts, counts, weights, stride };
}

/** Keys' cubic convolution kernel with a = -0.5, for t ≥ 0. */
function cubic(t: number): number {
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  if (t < 2) return (((t - 5) * t + 8) * t - 4) * -0.5;
  return 0;
}
