/** Retrieval figures from scores, as modelling/r2d2/evaluation/captioned_files.py computes them. */

/** Scores of queries (rows) with what is searched (columns). */
export type Scores = readonly Float64Array[];

export const cuts = [1, 5, 10] as const;

/** Below every score: what is no candidate stays behind those, in order of its cosine. */
const notRanked = 100;

/** The columns that the ranker reads for each row: the best by cosine. */
export function candidatesOf(cosines: Scores, count: number): number[][] {
  return cosines.map((row) =>
    Array.from(row.keys())
      .sort((a, b) => (row[b] as number) - (row[a] as number) || a - b)
      .slice(0, count),
  );
}

/** Final scores: R2D2's weighted sum for candidates, everything else behind them. */
export function finalScores(
  cosines: Scores,
  candidates: readonly (readonly number[])[],
  matchOf: (row: number, column: number) => number,
  { matchWeight, cosineWeight }: { readonly matchWeight: number; readonly cosineWeight: number },
): Scores {
  return cosines.map((row, index) => {
    const scores = row.map((cosine) => cosine - notRanked);
    for (const column of candidates[index] ?? []) {
      const cosine = row[column] as number;
      scores[column] = matchWeight * matchOf(index, column) + cosineWeight * cosine;
    }
    return scores;
  });
}

/** From 1: the place of each row's best right column. */
export function ranks(scores: Scores, isRight: (row: number, column: number) => boolean): number[] {
  return scores.map((row, index) => {
    const own = row.reduce(
      (best, score, column) => (isRight(index, column) ? Math.max(best, score) : best),
      Number.NEGATIVE_INFINITY,
    );
    return 1 + row.reduce((above, score) => above + (score > own ? 1 : 0), 0);
  });
}

export function transposed(scores: Scores): Scores {
  const [first] = scores;
  return Array.from({ length: first?.length ?? 0 }, (_, column) =>
    Float64Array.from(scores, (row) => row[column] as number),
  );
}

/** Figures both ways. */
export interface Retrieval {
  readonly textToPhoto: Recall;
  readonly photoToText: Recall;
  /** The mean of all six, in percent. */
  readonly meanRecall: number;
}

export interface Recall {
  /** R@1, R@5 and R@10 in percent. */
  readonly recall: Readonly<Record<string, number>>;
  /** From 1: of each caption's photo, or of the best of each photo's captions. */
  readonly ranks: readonly number[];
}

export function retrieval(textRanks: readonly number[], photoRanks: readonly number[]): Retrieval {
  const [textToPhoto, photoToText] = [recallOf(textRanks), recallOf(photoRanks)];
  const all = [textToPhoto, photoToText].flatMap(({ recall }) => Object.values(recall));
  const meanRecall = all.reduce((sum, value) => sum + value, 0) / all.length;
  return { textToPhoto, photoToText, meanRecall };
}

function recallOf(found: readonly number[]): Recall {
  const share = (cut: number) => found.filter((rank) => rank <= cut).length / found.length;
  return {
    recall: Object.fromEntries(cuts.map((cut) => [`R@${cut}`, 100 * share(cut)])),
    ranks: found,
  };
}
