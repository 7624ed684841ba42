import kernelBytes from './assembly/resize-row.ts?assemblyscript';
import { createFilter, type Filter } from './filter';

interface KernelExports {
  resizeRow(row: number, taps: number, weights: number, output: number, count: number): void;
}

const pageBytes = 65536;
/** What the kernel reads beyond the last pixel of a row. */
const readAhead = 16;
const lowerBits = 11;

/**
 * The kernel with its memory, one a thread: a browser cannot have a memory for each of thousands of
 * photos. It holds the tables of the resizer that used it last.
 */
let kernel: { memory: WebAssembly.Memory; exports: KernelExports; owner?: RowResizer } | undefined;

function loadKernel() {
  if (!kernel) {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const module = new WebAssembly.Module(kernelBytes);
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    kernel = { memory, exports: exports as unknown as KernelExports };
  }
  return kernel;
}

/** The horizontal pass: rows of `inputWidth` RGBA pixels to rows of `outputWidth` RGB pixels. */
export class RowResizer {
  readonly #rowBytes: number;
  /** As the kernel wants them: see assembly/resize-row.ts. */
  readonly #taps: Uint32Array;
  readonly #weights: Int16Array;

  constructor(
    inputWidth: number,
    private readonly outputWidth: number,
  ) {
    this.#rowBytes = inputWidth * 4;
    const filter = createFilter(inputWidth, outputWidth);
    this.#taps = kernelTaps(filter);
    this.#weights = kernelWeights(filter);
  }

  /** One row, from `rgba` at `start` to `rgb` at `rgbStart`. */
  resize(
    rgba: Uint8Array | Uint8ClampedArray,
    start: number,
    rgb: Uint8ClampedArray,
    rgbStart: number,
  ): void {
    // Memory: weights, taps, output, row.
    const taps = this.#weights.byteLength;
    const output = taps + this.#taps.byteLength;
    const outputBytes = this.outputWidth * 3;
    const row = output + outputBytes + 1;
    const { memory, exports } = this.#loadTables(row + this.#rowBytes + readAhead);
    const bytes = new Uint8Array(memory.buffer);
    bytes.set(rgba.subarray(start, start + this.#rowBytes), row);
    exports.resizeRow(row, taps, 0, output, this.outputWidth);
    rgb.set(bytes.subarray(output, output + outputBytes), rgbStart);
  }

  #loadTables(neededBytes: number) {
    const loaded = loadKernel();
    if (loaded.owner === this) return loaded;
    const missing = neededBytes - loaded.memory.buffer.byteLength;
    if (missing > 0) loaded.memory.grow(Math.ceil(missing / pageBytes));
    const { buffer } = loaded.memory;
    new Int16Array(buffer).set(this.#weights);
    new Uint32Array(buffer, this.#weights.byteLength).set(this.#taps);
    loaded.owner = this;
    return loaded;
  }
}

function groupsOf(count: number): number {
  return Math.ceil(count / 4);
}

function kernelTaps({ starts, counts }: Filter): Uint32Array {
  const taps = new Uint32Array(starts.length * 2);
  starts.forEach((start, output) => {
    taps[output * 2] = start * 4;
    taps[output * 2 + 1] = groupsOf(counts[output] as number);
  });
  return taps;
}

function kernelWeights({ counts, weights, stride }: Filter): Int16Array {
  const groups = counts.reduce((sum, count) => sum + groupsOf(count), 0);
  const halves = new Int16Array(groups * 8);
  let group = 0;
  counts.forEach((count, output) => {
    for (let tap = 0; tap < count; tap++) {
      const weight = weights[output * stride + tap] as number;
      const to = (group + (tap >> 2)) * 8 + (tap & 3);
      halves[to] = weight >> lowerBits;
      halves[to + 4] = weight & ((1 << lowerBits) - 1);
    }
    group += groupsOf(count);
  });
  return halves;
}
