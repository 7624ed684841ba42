import { expect, it } from 'vitest';
import { joinRankings } from './rankings';

it('joins the answers of batches in their order', () => {
  const joined = joinRankings([
    {
      matchProbabilities: Float32Array.of(0.25, 0.5),
      attention: Float32Array.of(1, 0, 0, 1),
      headProbabilities: Float32Array.of(0, 0.5, 0.5, 0.5),
    },
    {
      matchProbabilities: Float32Array.of(0.75),
      attention: Float32Array.of(0.5, 0.5),
      headProbabilities: Float32Array.of(1, 0.5),
    },
  ]);
  expect(joined).toEqual({
    matchProbabilities: Float32Array.of(0.25, 0.5, 0.75),
    attention: Float32Array.of(1, 0, 0, 1, 0.5, 0.5),
    headProbabilities: Float32Array.of(0, 0.5, 0.5, 0.5, 1, 0.5),
  });
});

it('leaves out what the package does not give', () => {
  const ranking = { matchProbabilities: Float32Array.of(1), attention: Float32Array.of(1) };
  expect(joinRankings([ranking])).toEqual(ranking);
  expect(joinRankings([]).matchProbabilities).toHaveLength(0);
});
