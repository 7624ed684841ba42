/**
 * An embedding as two planes of 8-bit integers: x ≈ scale · (coarse + fine / 254), where scale is
 * the embedding's largest magnitude / 127. The coarse plane alone is what the kernel scans; with
 * the fine plane, which holds the rounding error of the first, the error of a value is at most
 * scale / 508, a fifth of what 16-bit floats leave at the same size.
 */

/** Levels of the coarse plane on each side of zero. */
const coarseLevels = 127;

/** Steps of the fine plane in one step of the coarse one: ± half a step fills ± 127. */
export const fineSteps = 254;

/**
 * Query values take 12 bits: so an int32 sum of 127 · 4095 cannot overflow below
 * {@link maxDimensions}, and the query's own rounding error is negligible beside the rows'.
 */
const queryLevels = 4095;

export const maxDimensions = 4096;

/**
 * Writes both planes of an embedding and returns its scale. Values that are not finite count as
 * zero, so that one broken embedding cannot spoil a search.
 */
export function quantize(embedding: Float32Array, coarse: Int8Array, fine: Int8Array): number {
  const magnitude = largestMagnitude(embedding);
  const inverse = magnitude > 0 ? coarseLevels / magnitude : 0;
  for (let i = 0; i < embedding.length; i++) {
    const steps = (embedding[i] as number) * inverse;
    const whole = Math.round(steps);
    coarse[i] = whole;
    fine[i] = Math.round((steps - whole) * fineSteps);
  }
  return magnitude / coarseLevels;
}

/**
 * Writes the query as the kernel reads it and returns its scale, which the kernel leaves out: it
 * changes all scores alike.
 */
export function quantizeQuery(query: Float32Array, output: Int16Array): number {
  const magnitude = largestMagnitude(query);
  const inverse = magnitude > 0 ? queryLevels / magnitude : 0;
  for (let i = 0; i < query.length; i++) output[i] = Math.round((query[i] as number) * inverse);
  return magnitude / queryLevels;
}

/** Dot product of a float query and a stored embedding, from both planes. */
export function preciseDot(
  query: Float32Array,
  coarse: Int8Array,
  fine: Int8Array,
  scale: number,
): number {
  let coarseSum = 0;
  let fineSum = 0;
  for (let i = 0; i < query.length; i++) {
    const value = query[i] as number;
    coarseSum += value * (coarse[i] as number);
    fineSum += value * (fine[i] as number);
  }
  return scale * (coarseSum + fineSum / fineSteps);
}

function largestMagnitude(vector: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < vector.length; i++) {
    const magnitude = Math.abs(vector[i] as number);
    if (magnitude > largest && magnitude < Infinity) largest = magnitude;
  }
  return largest;
}
