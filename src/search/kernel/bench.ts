/**
 * Brute-force search by cosine: plain and unrolled JavaScript on float32 against the kernel on
 * int8, over the same random embeddings, one thread. `npm run bench:kernel -- [photos …]`
 */

import { randomUnitVectors } from '../testing/random-vectors';
import { QuantizedVectors } from './quantized-vectors';
import { TopK } from './top-k';

const dimensions = 512;
const limit = 500;
const queries = randomUnitVectors(20, dimensions, 2, { clusters: 1000 });

export interface BenchmarkRow {
  readonly photos: number;
  /** Milliseconds of the fastest of 20 searches for the best 500. */
  readonly plain: number;
  readonly unrolled: number;
  readonly kernel: number;
  /** Milliseconds to quantize and add all photos. */
  readonly fill: number;
  /** Share of float32's best k that the kernel finds. */
  readonly overlap: Readonly<Record<10 | 32 | 200 | 500, number>>;
}

export function benchmark(photos: number): BenchmarkRow {
  const rows = new Float32Array(photos * dimensions);
  const vectors = new QuantizedVectors(dimensions);
  let fill = 0;
  const atOnce = 10_000;
  for (let first = 0; first < photos; first += atOnce) {
    const count = Math.min(atOnce, photos - first);
    const batch = randomUnitVectors(count, dimensions, first + 3, { clusters: 1000 });
    const started = performance.now();
    for (const embedding of batch) vectors.push(embedding);
    fill += performance.now() - started;
    for (const [i, embedding] of batch.entries()) rows.set(embedding, (first + i) * dimensions);
  }

  const exact = queries.map((query) => search(query, rows, dot));
  // In turns, so that whatever else the machine does slows all of them down alike.
  const [plain, unrolled, kernel] = fastestTimes([
    (query) => search(query, rows, dot),
    (query) => search(query, rows, unrolledDot),
    (query) => vectors.nearest(query, limit),
  ]);
  return {
    photos,
    plain,
    unrolled,
    kernel,
    fill,
    overlap: {
      10: meanOverlap(vectors, exact, 10),
      32: meanOverlap(vectors, exact, 32),
      200: meanOverlap(vectors, exact, 200),
      500: meanOverlap(vectors, exact, 500),
    },
  };
}

type Dot = (query: Float32Array, rows: Float32Array, offset: number) => number;

function search(query: Float32Array, rows: Float32Array, score: Dot): number[] {
  const best = new TopK(Math.min(limit, rows.length / dimensions));
  const scores = new Map<number, number>();
  for (let row = 0, offset = 0; offset < rows.length; row++, offset += dimensions) {
    const value = score(query, rows, offset);
    if (value > best.threshold) {
      best.push(value, row);
      scores.set(row, value);
    }
  }
  return [...best.rows()].sort((a, b) => (scores.get(b) ?? 0) - (scores.get(a) ?? 0));
}

function dot(query: Float32Array, rows: Float32Array, offset: number): number {
  let sum = 0;
  for (let i = 0; i < dimensions; i++) {
    sum += (query[i] as number) * (rows[offset + i] as number);
  }
  return sum;
}

function unrolledDot(query: Float32Array, rows: Float32Array, offset: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let i = 0; i < dimensions; i += 4) {
    a += (query[i] as number) * (rows[offset + i] as number);
    b += (query[i + 1] as number) * (rows[offset + i + 1] as number);
    c += (query[i + 2] as number) * (rows[offset + i + 2] as number);
    d += (query[i + 3] as number) * (rows[offset + i + 3] as number);
  }
  return a + b + c + d;
}

type Search = (query: Float32Array) => unknown;

/**
 * Milliseconds of each search, after a few to let the browser compile. All queries take the same
 * work, so the fastest one tells what it costs where nothing else gets in the way.
 */
function fastestTimes(searches: readonly [Search, Search, Search]): [number, number, number] {
  for (const query of queries.slice(0, 5)) for (const run of searches) run(query);
  const times = queries.map((query) =>
    searches.map((run) => {
      const started = performance.now();
      run(query);
      return performance.now() - started;
    }),
  );
  const fastest = (index: number) => Math.min(...times.map((row) => row[index] as number));
  return [fastest(0), fastest(1), fastest(2)];
}

function meanOverlap(vectors: QuantizedVectors, exact: readonly number[][], k: number): number {
  const shares = queries.map((query, i) => {
    const found = new Set(vectors.nearest(query, k).map(({ row }) => row));
    return (exact[i] ?? []).slice(0, k).filter((row) => found.has(row)).length / k;
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}
