/** Which of several sentences becomes the caption: pure functions. */
import type { CaptionCandidate } from './captions';

/** How much the logarithm of the match probability counts beside the captioner's own score. */
export const matchWeight = 0.5;

/** Rounded to float32, a match can be exactly 0. */
const leastMatch = 1e-7;

/**
 * Best first, by the captioner's mean log probability + {@link matchWeight} · log(match probability):
 * a sentence has to be a good sentence and has to describe the photo.
 */
export function bestFirst(candidates: readonly CaptionCandidate[]): readonly CaptionCandidate[] {
  return [...candidates].sort((a, b) => totalScore(b) - totalScore(a));
}

function totalScore({ score, match }: CaptionCandidate): number {
  return match === null ? score : score + matchWeight * Math.log(Math.max(match, leastMatch));
}
