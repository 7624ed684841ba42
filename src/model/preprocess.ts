/**
 * Decoded photos to an image encoder's pixels, equal to the last bit to what the Python side makes
 * with Pillow 13: `image.resize((size, size), Image.BICUBIC)`, which is separable, antialiased
 * (the kernel widens with the reduction), a = -0.5, in fixed-point arithmetic, and rounded to
 * 8 bits after each of its two passes.
 */
import type { ModelPixels } from './encoding';
import { RowMixer } from './kernel/row-mixer';
import { RowResizer } from './kernel/row-resizer';

type Bytes = Uint8Array | Uint8ClampedArray;

/**
 * Squashes one photo to `size` × `size`, fed from top to bottom in strips of any height, so that a
 * large photo never needs to lie in memory as a whole.
 */
export class PillowResizer {
  readonly #pixels: Uint8ClampedArray<ArrayBuffer>;
  readonly #pushRow: (rgba: Bytes, start: number) => void;
  #pushedRows = 0;

  /** @param width of the photo, as `height` in pixels after the EXIF turn. */
  constructor(
    private readonly width: number,
    private readonly height: number,
    private readonly size: number,
  ) {
    const rowLength = size * 3;
    const pixels = new Uint8ClampedArray(size * rowLength);
    this.#pixels = pixels;
    const resizer = new RowResizer(width, size);
    // Where the height shrinks by much more, Pillow 13 begins with it: python-pillow/Pillow#9549.
    if (height > size && height - size > 2 * (width - size)) {
      const mixer = new RowMixer(width * 4, height, size, (row, index) =>
        resizer.resize(row, 0, pixels, index * rowLength),
      );
      this.#pushRow = (rgba, start) => mixer.push(rgba, start);
    } else {
      const row = new Uint8ClampedArray(rowLength);
      const mixer = new RowMixer(rowLength, height, size, (mixed, index) =>
        pixels.set(mixed, index * rowLength),
      );
      this.#pushRow = (rgba, start) => {
        resizer.resize(rgba, start, row, 0);
        mixer.push(row, 0);
      };
    }
  }

  /**
   * The next `rows` rows of the photo, `width` RGBA pixels each; alpha is ignored, as in Pillow's
   * `convert('RGB')`.
   */
  pushRows(rgba: Bytes, rows: number): void {
    if (rgba.length < rows * this.width * 4 || this.#pushedRows + rows > this.height) {
      throw new RangeError(
        `${rows} rows of ${this.width} pixels do not fit: ${rgba.length} values, ` +
          `${this.height - this.#pushedRows} rows to come`,
      );
    }
    for (let row = 0; row < rows; row++) this.#pushRow(rgba, row * this.width * 4);
    this.#pushedRows += rows;
  }

  /** The result, once every row has been pushed. */
  finish(): ModelPixels {
    if (this.#pushedRows !== this.height) {
      throw new RangeError(`${this.#pushedRows} of ${this.height} rows were pushed`);
    }
    return { size: this.size, data: new Uint8Array(this.#pixels.buffer) };
  }
}

/** A photo that lies in memory as a whole: `width` × `height` RGBA pixels to `size` × `size`. */
export function resizeToModelPixels(
  rgba: Bytes,
  width: number,
  height: number,
  size: number,
): ModelPixels {
  const resizer = new PillowResizer(width, height, size);
  resizer.pushRows(rgba, height);
  return resizer.finish();
}
