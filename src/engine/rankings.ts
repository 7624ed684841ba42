import type { Ranking } from '../model/encoding';

/** The answers of several batches about one text, as one. */
export function joinRankings(rankings: readonly Ranking[]): Ranking {
  const join = (arrays: readonly Float32Array[]) => {
    const joined = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
    let start = 0;
    for (const array of arrays) {
      joined.set(array, start);
      start += array.length;
    }
    return joined;
  };
  const headProbabilities = rankings.flatMap((ranking) => ranking.headProbabilities ?? []);
  return {
    matchProbabilities: join(rankings.map((ranking) => ranking.matchProbabilities)),
    attention: join(rankings.map((ranking) => ranking.attention)),
    ...(headProbabilities.length ? { headProbabilities: join(headProbabilities) } : {}),
  };
}
