/**
 * Decoded photos to an image encoder's pixels, equal to the last bit to what the Python side makes
 * with Pillow 13: `image.resize((size, size), Image.BICUBIC)`, which is separable, antialiased
 * (the kernel widens with the reduction), a = -0.5, in fixed-point arithmetic, and rounded to
 * 8 bits after each of its two passes.
 */
import type { ModelPixels } from './encoding';

/** Fractional bits of the filter weights: 32 less 8 of the result and 2 for the filter's overshoot. */
const precision = 22;
const half = 1 << (precision - 1);
/** Half the width of the cubic kernel, in pixels of the smaller of both sides. */
const kernelRadius = 2;

/** Keys' cubic convolution kernel with a = -0.5, for t ≥ 0. */
function cubic(t: number): number {
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  if (t < 2) return (((t - 5) * t + 8) * t - 4) * -0.5;
  return 0;
}

/** For each output position: where its inputs begin, how many there are, and their weights. */
interface Filter {
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  /** Fixed point, `stride` values an output position. */
  readonly weights: Int32Array;
  readonly stride: number;
}

function createFilter(inputLength: number, outputLength: number): Filter {
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

/** One row of RGBA pixels to one row of `filter.starts.length` RGB pixels. */
function resizeRow(
  filter: Filter,
  rgba: Uint8Array | Uint8ClampedArray,
  rowStart: number,
  rgb: Uint8ClampedArray,
  rgbStart: number,
): void {
  const { starts, counts, weights, stride } = filter;
  for (let output = 0, to = rgbStart; output < starts.length; output++, to += 3) {
    let red = half;
    let green = half;
    let blue = half;
    let from = rowStart + (starts[output] as number) * 4;
    const first = output * stride;
    const end = first + (counts[output] as number);
    for (let i = first; i < end; i++, from += 4) {
      const weight = weights[i] as number;
      red = (red + Math.imul(weight, rgba[from] as number)) | 0;
      green = (green + Math.imul(weight, rgba[from + 1] as number)) | 0;
      blue = (blue + Math.imul(weight, rgba[from + 2] as number)) | 0;
    }
    rgb[to] = red >> precision;
    rgb[to + 1] = green >> precision;
    rgb[to + 2] = blue >> precision;
  }
}

/**
 * The vertical pass as a stream: takes input rows one by one and hands each output row over as
 * soon as its last input row has come, so that only the few rows between them are held.
 */
class RowMixer {
  private readonly filter: Filter;
  /** Sums of the output rows from `nextOutput` on that have met an input row. */
  private readonly open: Int32Array[] = [];
  private readonly spare: Int32Array[] = [];
  private readonly output: Uint8ClampedArray;
  private nextInput = 0;
  private nextOutput = 0;

  constructor(
    private readonly rowLength: number,
    inputRows: number,
    private readonly outputRows: number,
    private readonly onRow: (row: Uint8ClampedArray, index: number) => void,
  ) {
    this.filter = createFilter(inputRows, outputRows);
    this.output = new Uint8ClampedArray(rowLength);
  }

  push(source: Uint8Array | Uint8ClampedArray, start: number): void {
    const { starts, counts, weights, stride } = this.filter;
    const input = this.nextInput++;
    for (let output = this.nextOutput; output < this.outputRows; output++) {
      const tap = input - (starts[output] as number);
      if (tap < 0) break;
      const sums = this.sumsOf(output);
      const weight = weights[output * stride + tap] as number;
      for (let i = 0; i < sums.length; i++) {
        sums[i] = (sums[i] as number) + Math.imul(weight, source[start + i] as number);
      }
      if (tap + 1 === counts[output]) this.close(sums);
    }
  }

  private sumsOf(output: number): Int32Array {
    const index = output - this.nextOutput;
    let sums = this.open[index];
    if (!sums) {
      sums = (this.spare.pop() ?? new Int32Array(this.rowLength)).fill(half);
      this.open[index] = sums;
    }
    return sums;
  }

  private close(sums: Int32Array): void {
    for (let i = 0; i < sums.length; i++) this.output[i] = (sums[i] as number) >> precision;
    this.onRow(this.output, this.nextOutput++);
    this.open.shift();
    this.spare.push(sums);
  }
}

/**
 * Squashes one photo to `size` × `size`, fed from top to bottom in strips of any height, so that a
 * large photo never needs to lie in memory as a whole.
 */
export class PillowResizer {
  private readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  private readonly pushRow: (rgba: Uint8Array | Uint8ClampedArray, start: number) => void;
  private pushedRows = 0;

  /** @param width of the photo, as `height` in pixels after the EXIF turn. */
  constructor(
    private readonly width: number,
    private readonly height: number,
    private readonly size: number,
  ) {
    const rowLength = size * 3;
    const columns = createFilter(width, size);
    const pixels = new Uint8ClampedArray(size * rowLength);
    this.pixels = pixels;
    // Pillow 13 begins with the axis that removes more: python-pillow/Pillow#9549.
    if (height > size && height - size > 2 * (width - size)) {
      const mixer = new RowMixer(width * 4, height, size, (row, index) =>
        resizeRow(columns, row, 0, pixels, index * rowLength),
      );
      this.pushRow = (rgba, start) => mixer.push(rgba, start);
    } else {
      const row = new Uint8ClampedArray(rowLength);
      const mixer = new RowMixer(rowLength, height, size, (mixed, index) =>
        pixels.set(mixed, index * rowLength),
      );
      this.pushRow = (rgba, start) => {
        resizeRow(columns, rgba, start, row, 0);
        mixer.push(row, 0);
      };
    }
  }

  /** The next `rows` rows of the photo, `width` RGBA pixels each; alpha is ignored, as in Pillow's `convert('RGB')`. */
  pushRows(rgba: Uint8Array | Uint8ClampedArray, rows: number): void {
    if (rgba.length < rows * this.width * 4 || this.pushedRows + rows > this.height) {
      throw new RangeError(
        `${rows} rows of ${this.width} pixels do not fit: ${rgba.length} values, ` +
          `${this.height - this.pushedRows} rows to come`,
      );
    }
    for (let row = 0; row < rows; row++) this.pushRow(rgba, row * this.width * 4);
    this.pushedRows += rows;
  }

  /** The result, once every row has been pushed. */
  finish(): ModelPixels {
    if (this.pushedRows !== this.height) {
      throw new RangeError(`${this.pushedRows} of ${this.height} rows were pushed`);
    }
    return { size: this.size, data: new Uint8Array(this.pixels.buffer) };
  }
}

/** A photo that lies in memory as a whole: `width` × `height` RGBA pixels to `size` × `size`. */
export function resizeToModelPixels(
  rgba: Uint8Array | Uint8ClampedArray,
  width: number,
  height: number,
  size: number,
): ModelPixels {
  const resizer = new PillowResizer(width, height, size);
  resizer.pushRows(rgba, height);
  return resizer.finish();
}
