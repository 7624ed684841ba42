import { createFilter, type Filter, half, precision } from './filter';

/**
 * The vertical pass as a stream: takes input rows one by one and hands each output row over as
 * soon as its last input row has come, so that only the few rows between them are held.
 */
export class RowMixer {
  readonly #filter: Filter;
  /** Sums of the output rows from `nextOutput` on that have met an input row. */
  readonly #open: Int32Array[] = [];
  readonly #spare: Int32Array[] = [];
  readonly #output: Uint8ClampedArray;
  #nextInput = 0;
  #nextOutput = 0;

  /** @param onRow is handed the same array every time, with the values of the next output row */
  constructor(
    private readonly rowLength: number,
    inputRows: number,
    private readonly outputRows: number,
    private readonly onRow: (row: Uint8ClampedArray, index: number) => void,
  ) {
    this.#filter = createFilter(inputRows, outputRows);
    this.#output = new Uint8ClampedArray(rowLength);
  }

  /** The next input row, in `source` from `start` on. */
  push(source: Uint8Array | Uint8ClampedArray, start: number): void {
    const { starts, counts, weights, stride } = this.#filter;
    const input = this.#nextInput++;
    for (let output = this.#nextOutput; output < this.outputRows; output++) {
      const tap = input - (starts[output] as number);
      if (tap < 0) break;
      const sums = this.#sumsOf(output);
      const weight = weights[output * stride + tap] as number;
      for (let i = 0; i < sums.length; i++) {
        sums[i] = (sums[i] as number) + Math.imul(weight, source[start + i] as number);
      }
      if (tap + 1 === counts[output]) this.#close(sums);
    }
  }

  #sumsOf(output: number): Int32Array {
    const index = output - this.#nextOutput;
    let sums = this.#open[index];
    if (!sums) {
      sums = (this.#spare.pop() ?? new Int32Array(this.rowLength)).fill(half);
      this.#open[index] = sums;
    }
    return sums;
  }

  #close(sums: Int32Array): void {
    for (let i = 0; i < sums.length; i++) this.#output[i] = (sums[i] as number) >> precision;
    this.onRow(this.#output, this.#nextOutput++);
    this.#open.shift();
    this.#spare.push(sums);
  }
}
