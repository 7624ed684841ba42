/** From cosines and match probabilities to the list that a person sees: its order and its cut-off. */
import type { PhotoId } from '../library/library';
import type { Manifest } from '../model/manifest';
import type { Neighbour } from './embedding-index';
import type { SearchHit } from './search';

/** A calibrated match this probable is right at least as often as wrong. */
export const likelyMatch = 0.5;

/** Without a match probability: how probable a photo must be beside the best one to be likely. */
export const likelyOdds = 0.05;

/** What the order and the cut-off need of the package. */
export type Scoring = Pick<Manifest, 'calibration' | 'embedding' | 'rerank'>;

/** What is known of a query's photos so far. */
export interface Scores {
  /** By cosine, best first. */
  readonly neighbours: readonly Neighbour[];
  /** How many of the first neighbours are re-ranked; 0 without a ranker. */
  readonly candidates: number;
  /** Match probabilities as the ranker gives them; what is known of other photos has no effect. */
  readonly matches: ReadonlyMap<PhotoId, number>;
  /** No further match probabilities will come. */
  readonly final: boolean;
}

interface ScoredNeighbour extends Neighbour {
  readonly match?: number;
  readonly calibratedMatch?: number;
}

/**
 * Orders photos as R2D2 does: re-ranked candidates by matchWeight · match + cosineWeight · cosine,
 * before all others, which stay in order of their cosines.
 *
 * Candidates are re-ranked from the top, so while scores arrive those without one stay where they
 * are; a photo moves up when its score comes and afterwards only down, as better ones are found.
 */
export function orderHits(scores: Scores, scoring: Scoring): SearchHit[] {
  const { matchWeight, cosineWeight } = scoring.rerank;
  const scored: ScoredNeighbour[] = [];
  const others: ScoredNeighbour[] = [];
  for (const [position, neighbour] of scores.neighbours.entries()) {
    const match = scores.matches.get(neighbour.photoId);
    if (match === undefined || position >= scores.candidates) {
      others.push(neighbour);
    } else {
      const calibratedMatch = calibrateMatch(match, scoring.calibration);
      scored.push({ ...neighbour, match, calibratedMatch });
    }
  }
  const isLikely = cutOff(scores, scored, scoring);
  const finalScore = ({ match = 0, cosine }: ScoredNeighbour) =>
    matchWeight * match + cosineWeight * cosine;
  // Array.sort is stable: equal scores keep the order of their cosines.
  const ordered = [...scored].sort((a, b) => finalScore(b) - finalScore(a)).concat(others);
  return ordered.map((hit, index) => ({ ...hit, rank: index + 1, likely: isLikely(hit) }));
}

/** sigmoid(scale · logit(match) + shift); the match itself in a package without calibration. */
export function calibrateMatch(match: number, calibration: Scoring['calibration']): number {
  if (!calibration) return match;
  // Rounded to float32, a match can be exactly 0 or 1, where the logit is infinite.
  const probability = Math.min(Math.max(match, 1e-7), 1 - 1e-7);
  const logit = Math.log(probability / (1 - probability));
  return 1 / (1 + Math.exp(-(calibration.scale * logit + calibration.shift)));
}

/**
 * Decides what stands above the "less likely" divider:
 *
 * - A re-ranked photo does if its calibrated match reaches {@link likelyMatch}.
 * - Before the first match nothing has been judged, so everything does.
 * - While matches arrive, photos without one do not: each gets there by its own match, and the
 *   divider only ever moves down.
 * - In the end, or without a ranker, photos without a match do if their odds against the best one
 *   under the dual encoder's own temperature, exp(logitScale · (cosine − best cosine)), reach
 *   {@link likelyOdds}. Behind re-ranked candidates there is one more condition: half of the last
 *   quarter of those (by cosine), their nearest judged neighbours, must be likely.
 */
function cutOff(
  { neighbours, candidates, final }: Scores,
  scored: readonly ScoredNeighbour[],
  { embedding }: Scoring,
): (hit: ScoredNeighbour) => boolean {
  const matches = ({ calibratedMatch = 0 }: ScoredNeighbour) => calibratedMatch >= likelyMatch;
  if (!final && candidates > 0) return scored.length > 0 ? matches : () => true;

  const lastQuarter = scored.slice(Math.floor(scored.length * 0.75));
  const othersMayBeLikely = lastQuarter.filter(matches).length >= lastQuarter.length / 2;
  const best = neighbours[0]?.cosine ?? 0;
  const lowestCosine = best + Math.log(likelyOdds) / embedding.logitScale;
  return (hit) =>
    hit.match === undefined ? othersMayBeLikely && hit.cosine >= lowestCosine : matches(hit);
}
