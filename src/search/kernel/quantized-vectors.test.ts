import { describe, expect, it, vi } from 'vitest';
import { cosine, randomUnitVectors } from '../testing/random-vectors';
import { quantize, quantizeQuery } from './quantize';
import { QuantizedVectors } from './quantized-vectors';

// Millions of numbers take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

function filled(rows: readonly Float32Array[], dimensions: number) {
  const vectors = new QuantizedVectors(dimensions);
  for (const row of rows) vectors.push(row);
  return vectors;
}

/** Rows in order of what the kernel should compute, by plain integer arithmetic. */
function referenceCoarseOrder(rows: readonly Float32Array[], query: Float32Array): number[] {
  const dimensions = query.length;
  const coarse = new Int8Array(dimensions);
  const queryValues = new Int16Array(dimensions);
  quantizeQuery(query, queryValues);
  const scores = rows.map((row) => {
    const scale = Math.fround(quantize(row, coarse, new Int8Array(dimensions)));
    let dot = 0;
    for (let i = 0; i < dimensions; i++) {
      dot += (coarse[i] as number) * (queryValues[i] as number);
    }
    return Math.fround(Math.fround(dot) * scale);
  });
  return rows.map((_, row) => row).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b);
}

function exactOrder(rows: readonly Float32Array[], query: Float32Array): number[] {
  const cosines = rows.map((row) => cosine(row, query));
  return rows.map((_, row) => row).sort((a, b) => (cosines[b] ?? 0) - (cosines[a] ?? 0) || a - b);
}

describe('the kernel', () => {
  it.each([
    [1, 1],
    [5, 3],
    [300, 15],
    [300, 16],
    [300, 17],
    [5000, 100],
    [4500, 384],
    [64, 4096],
  ])(
    'finds what plain integer arithmetic finds among %i rows of %i dimensions',
    (count, dimensions) => {
      const [query, ...rows] = randomUnitVectors(count + 1, dimensions, 7);
      const vectors = filled(rows, dimensions);
      for (const k of [1, 10, 200]) {
        const found = [...vectors.coarseNearest(query, k)].sort((a, b) => a - b);
        const expected = referenceCoarseOrder(rows, query).slice(0, k);
        expect(found).toEqual(expected.sort((a, b) => a - b));
      }
    },
  );

  it('does not overflow at the largest size and magnitude', () => {
    const dimensions = 4096;
    const flat = new Float32Array(dimensions).fill(1 / Math.sqrt(dimensions));
    const vectors = filled([flat.map((value) => -value), flat], dimensions);
    expect([...vectors.coarseNearest(flat, 1)]).toEqual([1]);
    expect(vectors.nearest(flat, 2).map(({ cosine }) => cosine)).toEqual([
      expect.closeTo(1, 6),
      expect.closeTo(-1, 6),
    ]);
  });

  it('keeps the earlier of equal rows', () => {
    const [query, common] = randomUnitVectors(2, 24, 3);
    const vectors = filled(Array<Float32Array>(5000).fill(common), 24);
    expect(vectors.nearest(query, 6).map(({ row }) => row)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('refuses more dimensions than its sums can hold', () => {
    expect(() => new QuantizedVectors(4097)).toThrow(
      expect.objectContaining({ code: 'kernel-failed' }),
    );
  });
});

describe('agreement with float32', () => {
  it('finds the same 10, 32, 200 and 500 of 10,000', () => {
    const dimensions = 384;
    const rows = randomUnitVectors(10_000, dimensions, 11, { clusters: 200 });
    const vectors = filled(rows, dimensions);
    for (const query of randomUnitVectors(4, dimensions, 12, { clusters: 200 })) {
      const expected = exactOrder(rows, query);
      for (const k of [10, 32, 200, 500]) {
        const found = vectors.nearest(query, k).map(({ row }) => row);
        const kept = new Set(found);
        const overlap = expected.slice(0, k).filter((row) => kept.has(row)).length;
        expect(overlap / k).toBeGreaterThanOrEqual(0.998);
      }
    }
  });

  it('gives cosines within 1e-5', () => {
    const [query, ...rows] = randomUnitVectors(500, 384, 5);
    const vectors = filled(rows, 384);
    for (const hit of vectors.nearest(query, 499)) {
      expect(Math.abs(hit.cosine - cosine(query, rows[hit.row] as Float32Array))).toBeLessThan(
        1e-5,
      );
    }
  });
});

describe('the rows', () => {
  it('follow additions, replacements and removals across blocks', () => {
    const dimensions = 20;
    const [query, ...all] = randomUnitVectors(10_001, dimensions, 23);
    const vectors = filled(all, dimensions);
    const mirror = [...all];
    for (let i = 0; i < 6000; i++) {
      const row = (i * 7919) % mirror.length;
      vectors.remove(row);
      const last = mirror.pop() as Float32Array;
      if (row < mirror.length) mirror[row] = last;
    }
    for (const row of [0, 17, 3999]) {
      const replacement = all[row + 5000] as Float32Array;
      vectors.set(row, replacement);
      mirror[row] = replacement;
    }
    vectors.push(query);
    mirror.push(query);
    expect(vectors.length).toBe(mirror.length);
    expect(vectors.nearest(query, 1)).toEqual([
      { row: mirror.length - 1, cosine: expect.closeTo(1, 5) },
    ]);
    expect(vectors.nearest(query, 50).map(({ row }) => row)).toEqual(
      exactOrder(mirror, query).slice(0, 50),
    );
  });

  it('may be none', () => {
    const [query] = randomUnitVectors(1, 8, 1);
    const vectors = filled([query], 8);
    vectors.remove(0);
    expect(vectors.nearest(query, 10)).toEqual([]);
  });

  it('are not spoiled by values that are not finite', () => {
    const [query, whole] = randomUnitVectors(2, 8, 2);
    const broken = whole.map((value, i) => [Number.NaN, Number.POSITIVE_INFINITY][i] ?? value);
    const vectors = filled([broken, new Float32Array(8), query], 8);
    const hits = vectors.nearest(query, 3);
    expect(hits[0]?.row).toBe(2);
    expect(hits.map(({ cosine }) => cosine)).toEqual(hits.map(() => expect.any(Number)));
    expect(hits.every(({ cosine }) => Number.isFinite(cosine))).toBe(true);
  });

  it('must have the dimensions of the index', () => {
    const vectors = new QuantizedVectors(8);
    expect(() => vectors.push(new Float32Array(9))).toThrow(/9 dimensions/);
  });
});

it('gives the cosines of all rows between any two, across blocks', () => {
  const rows = randomUnitVectors(5000, 32, 5);
  const vectors = filled(rows, 32);
  const query = rows[0];
  const some = new Float32Array(900);
  vectors.cosines(query, 3700, some);
  for (const [i, value] of some.entries()) {
    expect(value).toBeCloseTo(cosine(rows[3700 + i] ?? query, query), 3);
  }
});
