import { describe, expect, it } from 'vitest';
import { calibrateMatch, orderHits, type Scores, type Scoring } from './hits';
import { randomUnitVectors } from './testing/random-vectors';

const scoring: Scoring = {
  embedding: { dimensions: 4, logitScale: 20 },
  rerank: { candidates: 4, matchWeight: 1, cosineWeight: 1 },
};

/** Photos a, b, c … with falling cosines. */
function neighboursOf(...cosines: number[]) {
  return cosines.map((cosine, i) => ({ photoId: String.fromCharCode(97 + i), cosine }));
}

function order(scores: Partial<Scores>, changes: Partial<Scoring> = {}) {
  return orderHits(
    {
      neighbours: [],
      candidates: 0,
      matches: new Map(),
      captioned: new Map(),
      final: true,
      ...scores,
    },
    { ...scoring, ...changes },
  );
}

const ids = (hits: readonly { photoId: string }[]) => hits.map(({ photoId }) => photoId).join('');
const likely = (hits: readonly { photoId: string; likely: boolean }[]) =>
  ids(hits.filter((hit) => hit.likely));

describe('the order', () => {
  const neighbours = neighboursOf(0.5, 0.45, 0.4, 0.35, 0.3, 0.25);

  it('is that of match plus cosine among candidates, of cosines behind them', () => {
    const matches = new Map([
      ['a', 0.1],
      ['b', 0.2],
      ['c', 0.9],
      ['d', 0.22],
    ]);
    const hits = order({ neighbours, candidates: 4, matches });
    expect(ids(hits)).toBe('cbadef');
    expect(hits.map(({ rank }) => rank)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(hits[0]).toMatchObject({ match: 0.9, calibratedMatch: 0.9, cosine: 0.4 });
    expect(hits[4]).not.toHaveProperty('match');
  });

  it('uses the weights of the package', () => {
    const matches = new Map([
      ['a', 0.1],
      ['b', 0.9],
    ]);
    const rerank = { candidates: 2, matchWeight: 0.01, cosineWeight: 1 };
    expect(ids(order({ neighbours, candidates: 2, matches }, { rerank }))).toBe('abcdef');
  });

  it('ignores matches of photos that are no candidates', () => {
    const matches = new Map([
      ['a', 0.1],
      ['f', 1],
    ]);
    expect(ids(order({ neighbours, candidates: 1, matches }))).toBe('abcdef');
  });

  it('keeps the order of cosines between equal scores', () => {
    const matches = new Map(neighbours.map(({ photoId }) => [photoId, 0.5]));
    const rerank = { candidates: 6, matchWeight: 1, cosineWeight: 0 };
    expect(ids(order({ neighbours, candidates: 6, matches }, { rerank }))).toBe('abcdef');
  });

  it('moves each photo up at most once while matches arrive, and the divider only down', () => {
    const [noise] = randomUnitVectors(1, 64, 5);
    const cosines = Array.from({ length: 48 }, (_, i) => 0.5 - i / 200);
    const many = cosines.map((cosine, i) => ({ photoId: `p${i}`, cosine }));
    const matchOf = (i: number) => Math.min(Math.abs((noise[i] as number) * 4), 1);
    const matches = new Map<string, number>();
    const shown = () => order({ neighbours: many, candidates: 32, matches, final: false });
    let before = shown();
    let divider = 0;
    for (let first = 0; first < 32; first += 8) {
      const batch = many.slice(first, first + 8).map(({ photoId }) => photoId);
      batch.forEach((id, i) => {
        matches.set(id, matchOf(first + i));
      });
      const after = shown();
      const rankBefore = new Map(before.map(({ photoId, rank }) => [photoId, rank]));
      for (const { photoId, rank } of after) {
        const previous = rankBefore.get(photoId) as number;
        if (batch.includes(photoId)) expect(rank).toBeLessThanOrEqual(first + 8);
        else if (matches.has(photoId)) expect(rank).toBeGreaterThanOrEqual(previous);
        else expect(rank).toBe(previous);
      }
      expect(likely(after).length).toBeGreaterThanOrEqual(divider);
      divider = likely(after).length;
      before = after;
    }
    expect(divider).toBeGreaterThan(0);
  });
});

describe('the calibration', () => {
  it('is the identity where the package has none', () => {
    expect(calibrateMatch(0.3, undefined)).toBe(0.3);
  });

  it('scales and shifts the logit', () => {
    expect(calibrateMatch(0.3, { scale: 1, shift: 0 })).toBeCloseTo(0.3, 12);
    expect(calibrateMatch(0.5, { scale: 7, shift: 2 })).toBeCloseTo(1 / (1 + Math.exp(-2)), 12);
    // logit(0.8) = ln 4, so half of it is ln 2: odds of 2 to 1.
    expect(calibrateMatch(0.8, { scale: 0.5, shift: 0 })).toBeCloseTo(2 / 3, 12);
  });

  it('stays a probability at the ends', () => {
    for (const scale of [0, 0.5, 3]) {
      const [low, high] = [0, 1].map((match) => calibrateMatch(match, { scale, shift: -1 }));
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
      expect(high).toBeGreaterThanOrEqual(low as number);
    }
  });
});

describe('the cut-off', () => {
  it('judges re-ranked photos by their calibrated match', () => {
    const matches = new Map([
      ['a', 0.9],
      ['b', 0.6],
      ['c', 0.3],
    ]);
    const scores = { neighbours: neighboursOf(0.5, 0.4, 0.3), candidates: 3, matches };
    expect(likely(order(scores))).toBe('ab');
    // logit(0.6) = 0.41: a shift of -1 takes it below the cut-off.
    expect(likely(order(scores, { calibration: { scale: 1, shift: -1 } }))).toBe('a');
  });

  it.each([
    [0.53, 0.49, ''],
    [0.57, 0.51, 'ab'],
  ])('takes the mean of matches that rise against the order (0.45, %f)', (second, mean, above) => {
    const matches = new Map([
      ['a', 0.45],
      ['b', second],
      ['c', 0.1],
    ]);
    const hits = order({ neighbours: neighboursOf(0.7, 0.4, 0.39), candidates: 3, matches });
    expect(ids(hits)).toBe('abc');
    for (const hit of hits.slice(0, 2)) expect(hit.calibratedMatch).toBeCloseTo(mean, 12);
    expect(hits[2]).toMatchObject({ match: 0.1, calibratedMatch: 0.1 });
    expect(likely(hits)).toBe(above);
  });

  it('has judged nothing before the first match', () => {
    const scores = { neighbours: neighboursOf(0.9, 0.1), candidates: 2, final: false };
    expect(likely(order(scores))).toBe('ab');
  });

  it('does not count photos until their match is known', () => {
    const matches = new Map([['a', 0.9]]);
    const scores = { neighbours: neighboursOf(0.5, 0.49, 0.48), candidates: 2, matches };
    expect(likely(order({ ...scores, final: false }))).toBe('a');
  });

  it('takes odds against the best photo without a ranker', () => {
    // ln(0.05) / 20 = -0.15
    expect(likely(order({ neighbours: neighboursOf(0.5, 0.36, 0.34) }))).toBe('ab');
    expect(likely(order({ neighbours: [] }))).toBe('');
  });

  it('goes on behind the candidates only where the last of them are likely', () => {
    const neighbours = neighboursOf(0.5, 0.48, 0.46, 0.44, 0.42, 0.3);
    const matches = (last: number) =>
      new Map([
        ['a', 0.9],
        ['b', 0.9],
        ['c', 0.9],
        ['d', last],
      ]);
    expect(likely(order({ neighbours, candidates: 4, matches: matches(0.8) }))).toBe('abcde');
    expect(likely(order({ neighbours, candidates: 4, matches: matches(0.2) }))).toBe('abc');
  });
});

describe('captions that hold the query', () => {
  const neighbours = neighboursOf(0.5, 0.45, 0.4, 0.1);
  const matches = new Map([
    ['a', 0.9],
    ['b', 0.8],
    ['c', 0.1],
  ]);

  it('put photos that a person described first, and make them likely', () => {
    const captioned = new Map([
      ['c', 'hand'],
      ['d', 'hand'],
      ['b', 'model'],
    ] as const);
    const hits = order({ neighbours, candidates: 3, matches, captioned });
    expect(ids(hits)).toBe('cdab');
    expect(likely(hits)).toBe('cdab');
    expect(hits.map(({ caption }) => caption)).toEqual(['hand', 'hand', undefined, 'model']);
    expect(hits.map(({ rank }) => rank)).toEqual([1, 2, 3, 4]);
  });

  it('by a model change neither the order nor what is likely', () => {
    const captioned = new Map([['c', 'model']] as const);
    const plain = order({ neighbours, candidates: 3, matches });
    const marked = order({ neighbours, candidates: 3, matches, captioned });
    expect(ids(marked)).toBe(ids(plain));
    expect(likely(marked)).toBe('ab');
  });

  it('that match say nothing about the photos behind the candidates', () => {
    const poor = new Map([...'abcd'].map((id) => [id, id === 'd' ? 0.9 : 0.1]));
    const captioned = new Map([['d', 'model']] as const);
    const behind = [...neighbours, { photoId: 'e', cosine: 0.45 }];
    expect(likely(order({ neighbours: behind, candidates: 4, matches: poor, captioned }))).toBe(
      'd',
    );
  });
});
