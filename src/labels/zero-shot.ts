/** From cosines to probabilities of labels: pure functions. */
import type { LabelScore } from './labels';

/** softmax(logitScale · cosine), in place of the cosines' order. */
export function softmax(cosines: ArrayLike<number>, logitScale: number): Float32Array {
  let greatest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < cosines.length; i++) greatest = Math.max(greatest, cosines[i] as number);
  const odds = Float32Array.from(cosines, (cosine) => Math.exp(logitScale * (cosine - greatest)));
  const sum = odds.reduce((total, value) => total + value, 0);
  return odds.map((value) => value / sum);
}

/** How a photo fits each label, most probable first. */
export function scoreLabels(
  labels: readonly string[],
  cosines: ArrayLike<number>,
  logitScale: number,
): LabelScore[] {
  const probabilities = softmax(cosines, logitScale);
  return labels
    .map((label, i) => ({
      label,
      cosine: cosines[i] as number,
      probability: probabilities[i] as number,
    }))
    .sort((a, b) => b.cosine - a.cosine);
}

/**
 * Whether none of the labels fits: a softmax always finds one that fits best, so the best cosine
 * decides.
 *
 * @param noneBelow least cosine of a label that fits
 */
export function noneFits(
  scores: readonly Pick<LabelScore, 'cosine'>[],
  noneBelow: number,
): boolean {
  return scores.every(({ cosine }) => cosine < noneBelow);
}
