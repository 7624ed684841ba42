import { AppError } from '../../errors';
import kernelBytes from './assembly/dot.ts?assemblyscript';
import { fineSteps, maxDimensions, preciseDot, quantize, quantizeQuery } from './quantize';
import { TopK } from './top-k';

interface KernelExports {
  scoreRows(
    rows: number,
    scales: number,
    query: number,
    scores: number,
    count: number,
    stride: number,
  ): void;
}

export interface NearestRow {
  readonly row: number;
  readonly cosine: number;
}

const rowsPerBlock = 4096;
const pageBytes = 65536;

/**
 * Unit-length embeddings in WebAssembly memory, found by cosine.
 *
 * The memory starts with the query (int16) and the scores of one block (float32); blocks follow,
 * each with the coarse plane, the fine plane and the scales of 4,096 rows (see quantize.ts).
 * Memory grows a block at a time, so nothing is ever copied to make room. Rows are numbered from 0
 * without gaps.
 */
export class QuantizedVectors {
  readonly #memory: WebAssembly.Memory;
  readonly #kernel: KernelExports;
  /** Bytes from one row of a plane to the next: the dimensions, rounded up to whole SIMD registers. */
  readonly #stride: number;
  readonly #scoresAddress: number;
  readonly #blocksAddress: number;
  readonly #blockBytes: number;
  #bytes: Int8Array;
  #floats: Float32Array;
  #length = 0;

  /**
   * @throws AppError `kernel-failed` where the browser cannot run the kernel, or for more than
   * 4,096 dimensions.
   */
  constructor(readonly dimensions: number) {
    if (dimensions > maxDimensions) {
      throw new AppError(
        'kernel-failed',
        `Embeddings of ${dimensions} dimensions are more than the ${maxDimensions} that search takes.`,
        { detail: `${dimensions} > ${maxDimensions}` },
      );
    }
    try {
      this.#memory = new WebAssembly.Memory({ initial: 1 });
      // Browsers compile modules of this size, under a kilobyte, at once on any thread.
      const instance = new WebAssembly.Instance(new WebAssembly.Module(kernelBytes), {
        env: { memory: this.#memory },
      });
      this.#kernel = instance.exports as unknown as KernelExports;
    } catch (error) {
      throw AppError.from(error, 'kernel-failed');
    }
    this.#stride = Math.ceil(dimensions / 16) * 16;
    this.#scoresAddress = this.#stride * Int16Array.BYTES_PER_ELEMENT;
    this.#blocksAddress = this.#scoresAddress + rowsPerBlock * Float32Array.BYTES_PER_ELEMENT;
    this.#blockBytes = rowsPerBlock * (2 * this.#stride + Float32Array.BYTES_PER_ELEMENT);
    this.#bytes = new Int8Array(this.#memory.buffer);
    this.#floats = new Float32Array(this.#memory.buffer);
    this.#reserve(this.#blocksAddress);
  }

  get length(): number {
    return this.#length;
  }

  /**
   * Adds an embedding as the last row.
   * @throws AppError `kernel-failed` where the browser gives no more memory.
   */
  push(embedding: Float32Array): void {
    const blocks = Math.floor(this.#length / rowsPerBlock) + 1;
    this.#reserve(this.#blocksAddress + blocks * this.#blockBytes);
    this.set(this.#length, embedding);
    this.#length++;
  }

  /** Replaces the embedding of a row. */
  set(row: number, embedding: Float32Array): void {
    if (embedding.length !== this.dimensions) {
      throw new AppError(
        'internal',
        `An embedding has ${embedding.length} dimensions where the index has ${this.dimensions}.`,
        { detail: `${embedding.length} ≠ ${this.dimensions}` },
      );
    }
    const { coarse, fine, scale } = this.#locate(row);
    this.#floats[scale] = quantize(embedding, this.#plane(coarse), this.#plane(fine));
  }

  /** Removes a row; the last row takes its place and number. */
  remove(row: number): void {
    this.#length--;
    if (row === this.#length) return;
    const from = this.#locate(this.#length);
    const to = this.#locate(row);
    this.#bytes.copyWithin(to.coarse, from.coarse, from.coarse + this.dimensions);
    this.#bytes.copyWithin(to.fine, from.fine, from.fine + this.dimensions);
    this.#floats[to.scale] = this.#floats[from.scale] as number;
  }

  /**
   * The `limit` rows nearest to a unit-length query, best first; of equal cosines the lower row
   * first. The coarse plane finds somewhat more rows than asked for, both planes order them.
   */
  nearest(query: Float32Array, limit: number): NearestRow[] {
    const found = this.coarseNearest(query, Math.ceil(limit * 1.25) + 32);
    return Array.from(found, (row) => ({ row, cosine: this.cosine(query, row) }))
      .sort((a, b) => b.cosine - a.cosine || a.row - b.row)
      .slice(0, limit);
  }

  /**
   * Cosines of consecutive rows with a unit-length query, by both planes and through the kernel:
   * for many queries against every row. Writes `output.length` of them, as many as rows.
   */
  cosines(query: Float32Array, firstRow: number, output: Float32Array): void {
    const queryScale = quantizeQuery(query, new Int16Array(this.#memory.buffer, 0, this.#stride));
    const firstScore = this.#scoresAddress / Float32Array.BYTES_PER_ELEMENT;
    for (let done = 0; done < output.length; ) {
      const row = firstRow + done;
      const rows = Math.min(rowsPerBlock - (row % rowsPerBlock), output.length - done);
      for (const [plane, weight] of [
        ['coarse', queryScale],
        ['fine', queryScale / fineSteps],
      ] as const) {
        this.#scoreRows(plane, row, rows);
        for (let i = 0; i < rows; i++) {
          const before = plane === 'coarse' ? 0 : (output[done + i] as number);
          output[done + i] = before + weight * (this.#floats[firstScore + i] as number);
        }
      }
      done += rows;
    }
  }

  /** The best `count` rows by the coarse plane alone, in no particular order. */
  coarseNearest(query: Float32Array, count: number): Uint32Array {
    quantizeQuery(query, new Int16Array(this.#memory.buffer, 0, this.#stride));
    const best = new TopK(Math.min(count, this.#length));
    const firstScore = this.#scoresAddress / Float32Array.BYTES_PER_ELEMENT;
    for (let start = 0; start < this.#length; start += rowsPerBlock) {
      const rows = Math.min(rowsPerBlock, this.#length - start);
      this.#scoreRows('coarse', start, rows);
      for (let i = 0; i < rows; i++) {
        const score = this.#floats[firstScore + i] as number;
        if (score > best.threshold) best.push(score, start + i);
      }
    }
    return best.rows();
  }

  /** Scores rows of one block by one plane, with the query that was written last. */
  #scoreRows(plane: 'coarse' | 'fine', firstRow: number, rows: number): void {
    const row = this.#locate(firstRow);
    const scales = row.scale * Float32Array.BYTES_PER_ELEMENT;
    this.#kernel.scoreRows(row[plane], scales, 0, this.#scoresAddress, rows, this.#stride);
  }

  /** The cosine of one row with a unit-length query, by both planes. */
  cosine(query: Float32Array, row: number): number {
    const { coarse, fine, scale } = this.#locate(row);
    return preciseDot(query, this.#plane(coarse), this.#plane(fine), this.#floats[scale] as number);
  }

  /** Where a row lies: byte addresses of its planes, index of its scale among the floats. */
  #locate(row: number): { coarse: number; fine: number; scale: number } {
    const block = this.#blocksAddress + Math.floor(row / rowsPerBlock) * this.#blockBytes;
    const inBlock = row % rowsPerBlock;
    const coarse = block + inBlock * this.#stride;
    const fine = coarse + rowsPerBlock * this.#stride;
    const scales = block + 2 * rowsPerBlock * this.#stride;
    return { coarse, fine, scale: scales / Float32Array.BYTES_PER_ELEMENT + inBlock };
  }

  #plane(address: number): Int8Array {
    return this.#bytes.subarray(address, address + this.dimensions);
  }

  #reserve(bytes: number): void {
    const missing = bytes - this.#memory.buffer.byteLength;
    if (missing <= 0) return;
    try {
      this.#memory.grow(Math.ceil(missing / pageBytes));
    } catch (error) {
      throw new AppError(
        'kernel-failed',
        `The browser has no memory left for the embeddings of more than ${this.#length} photos.`,
        { photos: this.#length, detail: `${bytes} bytes` },
        { cause: error },
      );
    }
    // Growing detaches all views of the memory.
    this.#bytes = new Int8Array(this.#memory.buffer);
    this.#floats = new Float32Array(this.#memory.buffer);
  }
}
