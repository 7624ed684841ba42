/** Sentences of a captioner that differ from time to time. */
import {
  type Decoding,
  type DecodingRule,
  excludedAfter,
  greatest,
  lastTokens,
  logSumExp,
  type Sentence,
} from './decoding';

/** Below 1 the likely words become likelier. */
const temperature = 0.8;
/** Words are drawn from the fewest that together are so probable. */
const nucleus = 0.9;
/** So many at most: beyond them nothing is left of a captioner's probability. */
const mostWords = 64;

interface Row {
  /** From 0, since the beginning. */
  readonly place: number;
  readonly tokens: readonly number[];
  readonly logProbability: number;
}

/**
 * As many sentences as there are beams, each drawn word by word from the likeliest words (nucleus
 * sampling: Holtzman et al. 2020, arXiv 1904.09751). Log probabilities are the captioner's own,
 * before temperature and nucleus, so that scores compare with those of a beam search.
 */
export class NucleusSampling implements Decoding {
  readonly #rule: DecodingRule;
  readonly #random: () => number;
  #rows: readonly Row[];
  #finished: readonly Sentence[] = [];
  #shown: Sentence = { tokens: [], score: 0 };

  /** @param seed the same one makes the same sentences of the same logits */
  constructor(rule: DecodingRule, seed: number) {
    this.#rule = rule;
    this.#random = generator(seed);
    this.#rows = Array.from({ length: rule.beams }, (_, place) => ({
      place,
      tokens: [],
      logProbability: 0,
    }));
  }

  inputs(): Int32Array {
    return lastTokens(this.#rows, this.#rule.startToken);
  }

  get position(): number {
    return this.#rows[0]?.tokens.length ?? 0;
  }

  get done(): boolean {
    return this.#rows.length === 0;
  }

  advance(logits: Float32Array): Int32Array {
    const { endToken, maxTokens } = this.#rule;
    const last = this.position === maxTokens - 1;
    const vocabulary = logits.length / this.#rows.length;
    const finished = [...this.#finished];
    const cut: Sentence[] = [];
    const next: Row[] = [];
    const parents: number[] = [];
    for (const [index, { place, tokens, logProbability }] of this.#rows.entries()) {
      const row = logits.subarray(index * vocabulary, (index + 1) * vocabulary);
      const token = this.#draw(row, excludedAfter(tokens, this.#rule));
      const before = logProbability - logSumExp(row);
      const ended = (): Sentence => ({
        tokens,
        score: (before + (row[endToken] as number)) / (tokens.length + 1),
      });
      if (token === endToken) finished.push(ended());
      else if (last) cut.push(ended());
      else {
        const further = [...tokens, token];
        const sum = before + (row[token] as number);
        next.push({ place, tokens: further, logProbability: sum });
        parents.push(index);
        if (place === 0) this.#shown = { tokens: further, score: sum / further.length };
      }
    }
    if (last && finished.length === 0) finished.push(...cut);
    this.#finished = finished.sort((a, b) => b.score - a.score);
    this.#rows = next;
    return Int32Array.from(parents);
  }

  /** One and the same sentence all the time: showing now this, now that one would flicker. */
  best(): Sentence {
    return this.#shown;
  }

  finished(): readonly Sentence[] {
    return this.#finished;
  }

  #draw(row: Float32Array, excluded: ReadonlySet<number>): number {
    const tokens = greatest(row, mostWords, excluded);
    const most = row[tokens[0] as number] as number;
    const weights = tokens.map((token) => Math.exp(((row[token] as number) - most) / temperature));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let count = 0;
    let kept = 0;
    while (count < weights.length && kept < nucleus * total) kept += weights[count++] as number;
    let left = this.#random() * kept;
    const drawn = weights.slice(0, count).findIndex((weight) => {
      left -= weight;
      return left < 0;
    });
    return tokens[Math.max(0, drawn)] as number;
  }
}

/** Random numbers from 0 to 1 (Mulberry32). */
function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
