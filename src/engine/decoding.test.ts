import { describe, expect, it } from 'vitest';
import { BeamSearch } from './beam-search';
import { isContentWord } from './content-words';
import type { Decoding, DecodingRule, Sentence } from './decoding';
import { NucleusSampling } from './nucleus-sampling';

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
  isOnce: () => false,
  contrast: 0,
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
    // Beams enough that no end is among the improbable ways to go on, not even at the limit.
    const sentences = search({ beams: 120, maxTokens: 4 }).finished();
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

  it('lets go what runs into the limit, unless nothing came to its end', () => {
    // After 3 and 4 the sentence goes on and on; after 5 it ends.
    const endless = [-9, -9, -9, -1, -1.5, -9];
    const table: Readonly<Record<number, readonly number[]>> = {
      [start]: [-9, -9, -9, -0.1, -0.2, -0.9],
      3: endless,
      4: endless,
      5: [-9, -0.1, -9, -9, -9, -9],
    };
    const write = (beams: number) => {
      const decoding = new BeamSearch({ ...rule, beams, maxTokens: 4 });
      while (!decoding.done) {
        const rows = [...decoding.inputs()].flatMap((token) => [...(table[token] ?? [])]);
        decoding.advance(Float32Array.from(rows));
      }
      return keys(decoding.finished());
    };
    expect(write(3)).toEqual(['5']);
    const cut = write(2);
    expect(cut.length).toBeGreaterThan(0);
    for (const key of cut) expect(key.split(' ')).toHaveLength(3);
  });

  it('says which row of the cache each beam goes on from', () => {
    const sentences = written(new BeamSearch({ ...rule, beams: 4, maxTokens: 7 }));
    expect(sentences).toHaveLength(4);
    for (const { tokens, score } of sentences) {
      expect(score).toBeCloseTo(scoreAfterAllWords(tokens), 4);
    }
  });
});

it('follows what fits this photo rather than any, and scores it by the photo alone', () => {
  // With the photo 3 is a little likelier than 4; without it 3 is by far the likeliest.
  const seen = Float32Array.of(-9, -9, -9, -0.5, -0.7, -9);
  const unseen = Float32Array.of(-9, -9, -9, -0.1, -3, -9);
  const ending = Float32Array.of(-9, 0, -9, -9, -9, -9);
  const write = (contrast: number) => {
    const decoding = new BeamSearch({ ...rule, beams: 1, contrast });
    decoding.advance(seen, unseen);
    decoding.advance(ending, ending);
    return decoding.finished();
  };
  expect(keys(write(0))).toEqual(['3']);
  const [sentence] = write(0.3);
  expect(sentence?.tokens).toEqual([4]);
  const logProbability = (row: Float32Array, token: number) =>
    (row[token] as number) - Math.log([...row].reduce((sum, value) => sum + Math.exp(value), 0));
  const own = (logProbability(seen, 4) + logProbability(ending, end)) / 2;
  expect(sentence?.score).toBeCloseTo(own, 5);
});

it('says some words once at most, whichever way sentences are written', () => {
  const isOnce = (token: number) => token === 3;
  const written3 = (decoding: Decoding) =>
    written(decoding).map(({ tokens }) => tokens.filter((token) => token === 3).length);
  const rules = { ...rule, beams: 6, maxTokens: 9 };
  const draw = (seed: number, changes: Partial<DecodingRule>) =>
    written3(new NucleusSampling({ ...rules, ...changes }, seed));
  expect(Math.max(...written3(new BeamSearch(rules)))).toBeGreaterThan(1);
  expect(Math.max(...written3(new BeamSearch({ ...rules, isOnce })))).toBe(1);
  const seeds = [1, 2, 3, 4, 5];
  expect(Math.max(...seeds.flatMap((seed) => draw(seed, {})))).toBeGreaterThan(1);
  expect(Math.max(...seeds.flatMap((seed) => draw(seed, { isOnce })))).toBe(1);
});

it('takes English nouns, verbs and colours for content', () => {
  for (const word of [' dog', 'White', ' jumping']) expect(isContentWord(word)).toBe(true);
  for (const word of [' the', ' a', ' and', ' 2', '.', '狗', ''])
    expect(isContentWord(word)).toBe(false);
});

describe('NucleusSampling', () => {
  const drawn = (seed: number, changes: Partial<DecodingRule> = {}) =>
    written(new NucleusSampling({ ...rule, beams: 4, maxTokens: 7, ...changes }, seed));

  it('draws as many sentences as there are beams, scored as the captioner would', () => {
    for (const seed of [1, 2, 3]) {
      const sentences = drawn(seed, { maxTokens: 40 });
      expect(sentences).toHaveLength(4);
      const scores = sentences.map(({ score }) => score);
      expect(scores).toEqual([...scores].sort((a, b) => b - a));
      for (const { tokens, score } of sentences) {
        expect(tokens.length).toBeGreaterThan(0);
        expect(tokens).not.toContain(unknown);
        expect(score).toBeCloseTo(scoreAfterAllWords(tokens), 4);
      }
    }
  });

  it('draws the same again with the same seed, and others with another', () => {
    expect(keys(drawn(5))).toEqual(keys(drawn(5)));
    const all = new Set([1, 2, 3, 4, 5, 6].map((seed) => keys(drawn(seed)).join('|')));
    expect(all.size).toBeGreaterThan(3);
  });

  it('draws likely words often and words outside the nucleus never', () => {
    // Of words 3, 4 and 5 the first is three times as likely as the second; 5 hardly occurs.
    const logits = Float32Array.of(-9, -9, -9, Math.log(3), 0, -4);
    const counts = new Map<number, number>();
    for (let seed = 0; seed < 200; seed++) {
      const decoding = new NucleusSampling({ ...rule, beams: 1 }, seed);
      decoding.advance(logits);
      const [word = 0] = decoding.inputs();
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([3, 4]);
    expect(counts.get(3)).toBeGreaterThan(2 * (counts.get(4) ?? 0));
  });

  it('shows one and the same sentence, growing', () => {
    const decoding = new NucleusSampling({ ...rule, beams: 4, maxTokens: 7 }, 1);
    let before = '';
    written(decoding, () => {
      const text = decoding.best().tokens.join(' ');
      expect(text.startsWith(before)).toBe(true);
      before = text;
    });
    expect(before).not.toBe('');
  });

  it('lets go what runs into the limit, unless nothing came to its end', () => {
    for (let seed = 0; seed < 20; seed++) {
      const lengths = drawn(seed, { maxTokens: 3, beams: 6 }).map(({ tokens }) => tokens.length);
      expect(lengths.length).toBeGreaterThan(0);
      expect(Math.max(...lengths)).toBeLessThan(3);
    }
  });
});

/** The sentences of a captioner that remembers all words, as the cache's rows let it. */
function written(decoding: Decoding, onWord: () => void = () => {}): readonly Sentence[] {
  // What a captioner remembers: here, the words that each row has read.
  let cache: readonly (readonly number[])[] = [...decoding.inputs()].map(() => []);
  while (!decoding.done) {
    const read = [...decoding.inputs()].map((token, row) => [...(cache[row] ?? []), token]);
    const parents = decoding.advance(Float32Array.from(read.flatMap(logitsAfter)));
    cache = [...parents].map((parent) => read[parent] ?? []);
    onWord();
  }
  return decoding.finished();
}

/** Mean log probability of a sentence with its end, word by word. */
function scoreAfterAllWords(tokens: readonly number[]): number {
  const path = [...tokens, end];
  const sum = path.reduce((total, token, i) => {
    const row = logitsAfter([start, ...tokens.slice(0, i)]);
    const all = Math.log(row.reduce((exps, value) => exps + Math.exp(value), 0));
    return total + (row[token] as number) - all;
  }, 0);
  return sum / path.length;
}

/** Logits that depend on all words so far, in no simple way. */
function logitsAfter(words: readonly number[]): number[] {
  return [0, 1, 2, 3, 4, 5].map((token) => {
    const seed = words.reduce((sum, word, i) => sum * 7 + word + i, token + 1);
    return 2 * Math.sin(seed * 12.9898);
  });
}
