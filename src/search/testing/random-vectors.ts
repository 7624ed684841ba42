/** Reproducible vectors for tests and benchmarks. */

/** Mulberry32: a seeded generator of numbers in [0, 1). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Unit vectors, spread evenly over the sphere or, with `clusters`, gathered round as many random
 * centres as photos of the same things are. The same clusters come for every seed.
 */
export function randomUnitVectors(
  count: number,
  dimensions: number,
  seed: number,
  { clusters = 0 } = {},
): Float32Array[] & [Float32Array, Float32Array] {
  const random = generator(seed);
  // Three uniform numbers are near enough to a normal one for directions.
  const value = () => random() + random() + random() - 1.5;
  const centres = clusters ? randomUnitVectors(clusters, dimensions, 0) : [];
  const vectors = Array.from({ length: count }, () => {
    const vector = Float32Array.from({ length: dimensions }, value);
    const centre = centres[Math.floor(random() * clusters)];
    return normalized(centre ? vector.map((x, i) => x * 0.1 + (centre[i] ?? 0)) : vector);
  });
  return vectors as Float32Array[] & [Float32Array, Float32Array];
}

function normalized(vector: Float32Array): Float32Array {
  const length = Math.sqrt(cosine(vector, vector));
  return vector.map((value) => value / length);
}

/** Dot product in double precision. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
