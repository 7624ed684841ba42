/** Which of several sentences becomes the caption: pure functions. */
import type { CaptionCandidate } from './captions';

/** Chosen on validation photos, as the beams of the engine are: docs/model-card.md. */
export const matchWeight = 1;

/** Rounded to float32, a match can be exactly 0 or 1, where the logit is infinite. */
const leastMatch = 1e-6;

/**
 * Best first, by the captioner's mean log probability + {@link matchWeight} · logit(match probability):
 * a sentence has to be a good sentence and has to describe the photo.
 */
export function bestFirst(candidates: readonly CaptionCandidate[]): readonly CaptionCandidate[] {
  return [...candidates].sort((a, b) => totalScore(b) - totalScore(a));
}

function totalScore({ score, match }: CaptionCandidate): number {
  if (match === null) return score;
  const probability = Math.min(Math.max(match, leastMatch), 1 - leastMatch);
  return score + matchWeight * Math.log(probability / (1 - probability));
}
