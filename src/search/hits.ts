/** From cosines and match probabilities to the list that a person sees: its order and its cut-off. */
import type { PhotoId } from '../library/library';
import type { Manifest } from '../model/manifest';
import type { CaptionAuthor } from './caption-texts';
import type { Neighbour } from './embedding-index';
import type { SearchHit } from './search';

/** The cut-off: what is said about it is right about half of the time (model card). */
export const likelyMatch = 0.5;

/** Without a match probability: how probable a photo must be beside the best one to be likely. */
export const likelyOdds = 0.05;

/** What the order and the cut-off need of the package. */
export type Scoring = Pick<Manifest, 'calibration' | 'embedding' | 'rerank'>;

/** What is known of a query's photos so far. */
export interface Scores {
  /** By cosine, best first; behind the nearest may stand others that their captions brought in. */
  readonly neighbours: readonly Neighbour[];
  /** How many of the first neighbours are re-ranked; 0 without a ranker. */
  readonly candidates: number;
  /** Match probabilities as the ranker gives them; what is known of other photos has no effect. */
  readonly matches: ReadonlyMap<PhotoId, number>;
  /** Photos whose captions hold the query's words. */
  readonly captioned: ReadonlyMap<PhotoId, CaptionAuthor>;
  /** No further match probabilities will come. */
  readonly final: boolean;
}

interface ScoredNeighbour extends Neighbour {
  readonly match?: number;
  readonly calibratedMatch?: number;
  readonly caption?: CaptionAuthor;
}

/**
 * Orders photos as R2D2 does: re-ranked candidates by matchWeight · match + cosineWeight · cosine,
 * before all others, which stay in order of their cosines. Photos that a person described in the
 * words of the query come first, and are likely, whatever the model thinks of them.
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
    const caption = scores.captioned.get(neighbour.photoId);
    const found = caption ? { ...neighbour, caption } : neighbour;
    if (match === undefined || position >= scores.candidates) {
      others.push(found);
    } else {
      const calibratedMatch = calibrateMatch(match, scoring.calibration);
      scored.push({ ...found, match, calibratedMatch });
    }
  }
  const awaitsMatches = !scores.final && scores.candidates > 0;
  const lowestCosine = awaitsMatches
    ? lowestLikelyCosineSoFar(scored)
    : lowestLikelyCosine(scored, others, scoring.embedding.logitScale);
  const isDescribed = ({ caption }: ScoredNeighbour) => caption === 'hand';
  const isLikely = ({ calibratedMatch, cosine }: ScoredNeighbour) =>
    calibratedMatch === undefined ? cosine >= lowestCosine : calibratedMatch >= likelyMatch;
  const finalScore = ({ match = 0, cosine }: ScoredNeighbour) =>
    matchWeight * match + cosineWeight * cosine;
  // Array.sort is stable: equal scores keep the order of their cosines.
  const reranked = [...scored].sort((a, b) => finalScore(b) - finalScore(a));
  const ordered = withoutRises(reranked)
    .concat(others)
    .sort((a, b) => Number(isDescribed(b)) - Number(isDescribed(a)));
  return ordered.map((hit, index) => ({
    ...hit,
    rank: index + 1,
    likely: isDescribed(hit) || isLikely(hit),
  }));
}

/**
 * Calibrated matches that do not rise against the order: where they do, the photos get their mean.
 * These are the nearest such values (isotonic regression by pooling adjacent violators, Ayer and
 * others 1955). The order rests on more than the match, so what it says corrects the match.
 */
function withoutRises(ordered: readonly ScoredNeighbour[]): ScoredNeighbour[] {
  const pools: { readonly mean: number; readonly hits: readonly ScoredNeighbour[] }[] = [];
  for (const hit of ordered) {
    let pool = { mean: hit.calibratedMatch ?? 0, hits: [hit] };
    for (let before = pools.at(-1); before && before.mean < pool.mean; before = pools.at(-1)) {
      pools.pop();
      const hits = [...before.hits, ...pool.hits];
      const sum = before.mean * before.hits.length + pool.mean * pool.hits.length;
      pool = { mean: sum / hits.length, hits };
    }
    pools.push(pool);
  }
  return pools.flatMap(({ mean, hits }) => hits.map((hit) => ({ ...hit, calibratedMatch: mean })));
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
 * The cosine from which a photo without a match is likely in the end: by its odds against the best
 * photo under the dual encoder's own temperature, exp(logitScale · (cosine − best cosine)), which
 * must reach {@link likelyOdds}. Behind re-ranked candidates none is, unless half of the last quarter
 * of those (by cosine), their nearest judged neighbours, are likely.
 */
function lowestLikelyCosine(
  scored: readonly ScoredNeighbour[],
  others: readonly ScoredNeighbour[],
  logitScale: number,
): number {
  // Photos that their captions brought in are no neighbours of the others.
  const near = scored.filter(({ caption }) => !caption);
  const lastQuarter = near.slice(Math.floor(near.length * 0.75));
  const matching = lastQuarter.filter(({ calibratedMatch = 0 }) => calibratedMatch >= likelyMatch);
  if (matching.length < lastQuarter.length / 2) return Number.POSITIVE_INFINITY;
  const best = Math.max(...[...scored, ...others].map(({ cosine }) => cosine), -1);
  return best + Math.log(likelyOdds) / logitScale;
}

/**
 * The same while matches arrive: before the first one nothing is judged and no photo is unlikely,
 * from then on only matches make photos likely, so that none leaves the likely ones again.
 */
function lowestLikelyCosineSoFar(scored: readonly ScoredNeighbour[]): number {
  return scored.length > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}
