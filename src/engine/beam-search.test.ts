import { describe, expect, it } from 'vitest';
import { BeamSearch, type DecodingRule, type Sentence } from './beam-search';

const start = 0;
const end = 1;
const unknown = 2;

/** Words 3 to 5: log probabilities of what follows each token, as a captioner without memory. */
const follows: Readonly<Record<number, readonly number[]>> = {
  [start]: [-9, -0.1, -0.2, -1.2, -1.3, -2.5],
  3: [-9, -1.6, -0.1, -2, -1.5, -1.7],
  4: [-9, -1.2, -0.1, -1.1, -3, -2],
  5: [-9, -0.4, -0.1, -3, -1, -2.5],
};

const rule: DecodingRule = {
  beams: 3,
  startToken: start,
  endToken: end,
  maxTokens: 5,
  forbidden: [start, unknown],
};

function logitsOf(inputs: Int32Array): Float32Array {
  return Float32Array.from([...inputs].flatMap((token) => [...(follows[token] ?? [])]));
}

function search(changes: Partial<DecodingRule> = {}): BeamSearch {
  const beams = new BeamSearch({ ...rule, ...changes });
  while (!beams.done) beams.advance(logitsOf(beams.inputs()));
  return beams;
}

/** Mean log probability of a sentence with its end, by the table alone. */
function scoreOf(tokens: readonly number[]): number {
  const path = [start, ...tokens, end];
  const steps = path.slice(1).map((token, i) => {
    const row = follows[path[i] as number] ?? [];
    const total = Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));
    return (row[token] as number) - total;
  });
  return steps.reduce((sum, value) => sum + value, 0) / steps.length;
}

const keys = (sentences: readonly Sentence[]) => sentences.map(({ tokens }) => tokens.join(' '));

describe('BeamSearch', () => {
  it('gives as many finished sentences as beams, different ones, best mean first', () => {
    const sentences = search().finished();
    expect(sentences).toHaveLength(3);
    expect(new Set(keys(sentences)).size).toBe(3);
    const scores = sentences.map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    for (const { tokens, score } of sentences) expect(score).toBeCloseTo(scoreOf(tokens), 4);
  });

  it('with one beam is the greedy way', () => {
    // 3 is the best first word, 4 the best after it, 3 after that.
    const greedy = new BeamSearch({ ...rule, beams: 1, maxTokens: 4 });
    const text: string[] = [];
    while (!greedy.done) {
      greedy.advance(logitsOf(greedy.inputs()));
      text.push(greedy.best().tokens.join(' '));
    }
    expect(text.slice(0, 2)).toEqual(['3', '3 4']);
    expect(greedy.finished()).toHaveLength(1);
  });

  it('finds what following every sentence finds', () => {
    const sentences = search({ beams: 60, maxTokens: 4 }).finished();
    const words = [3, 4, 5];
    const all = words.flatMap((a) => [
      [a],
      ...words.flatMap((b) => [[a, b], ...words.map((c) => [a, b, c])]),
    ]);
    const best = all.sort((a, b) => scoreOf(b) - scoreOf(a))[0] ?? [];
    expect(keys(sentences)).toHaveLength(all.length);
    expect(keys(sentences)[0]).toBe(best.join(' '));
  });

  it('writes no empty sentence, no unknown word, and none without an end', () => {
    for (const beams of [1, 2, 4]) {
      for (const maxTokens of [2, 3, 6]) {
        const sentences = search({ beams, maxTokens }).finished();
        expect(sentences.length).toBeGreaterThan(0);
        for (const { tokens } of sentences) {
          expect(tokens.length).toBeGreaterThan(0);
          expect(tokens.length).toBeLessThan(maxTokens);
          expect(tokens).not.toContain(unknown);
          expect(tokens).not.toContain(end);
        }
      }
    }
  });

  it('says which row of the cache each beam goes on from', () => {
    const beams = new BeamSearch({ ...rule, beams: 4, maxTokens: 7 });
    // What a captioner remembers: here, the words that each row has read.
    let cache: readonly (readonly number[])[] = [[]];
    while (!beams.done) {
      const read = [...beams.inputs()].map((token, row) => [...(cache[row] ?? []), token]);
      const parents = beams.advance(Float32Array.from(read.flatMap(logitsAfter)));
      cache = [...parents].map((parent) => read[parent] ?? []);
    }
    for (const { tokens, score } of beams.finished()) {
      const path = [...tokens, end];
      const sum = path.reduce((total, token, i) => {
        const row = logitsAfter([start, ...tokens.slice(0, i)]);
        const all = Math.log(row.reduce((exps, value) => exps + Math.exp(value), 0));
        return total + (row[token] as number) - all;
      }, 0);
      expect(score).toBeCloseTo(sum / path.length, 4);
    }
  });
});

/** Logits that depend on all words so far, in no simple way. */
function logitsAfter(words: readonly number[]): number[] {
  return [0, 1, 2, 3, 4, 5].map((token) => {
    const seed = words.reduce((sum, word, i) => sum * 7 + word + i, token + 1);
    return 2 * Math.sin(seed * 12.9898);
  });
}
