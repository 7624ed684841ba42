/** Which of several sentences becomes the caption: pure functions. */
import type { CaptionCandidate } from './captions';

/**
 * Fitted on half of the validation photos, with the beams of the engine: docs/training.md. The same
 * stand in modelling/r2d2/evaluation/captions.py.
 */
export const matchWeight = 0.05;
export const cosineWeight = 0.5;

/** Rounded to float32, a match can be exactly 0 or 1, where the logit is infinite. */
const leastMatch = 1e-6;

/**
 * Best first, by the captioner's mean log probability + {@link matchWeight} · logit(match probability)
 * + {@link cosineWeight} · cosine: a sentence has to be a good sentence and has to describe the photo.
 */
export function bestFirst(candidates: readonly CaptionCandidate[]): readonly CaptionCandidate[] {
  return [...candidates].sort((a, b) => totalScore(b) - totalScore(a));
}

function totalScore({ score, match, cosine }: CaptionCandidate): number {
  if (match === null) return score;
  const probability = Math.min(Math.max(match, leastMatch), 1 - leastMatch);
  const logit = Math.log(probability / (1 - probability));
  return score + matchWeight * logit + cosineWeight * (cosine ?? 0);
}
