/** Which words a captioner writes: beam search over its logits, apart from the session that makes them. */

export interface DecodingRule {
  readonly beams: number;
  readonly startToken: number;
  readonly endToken: number;
  /** Of a sentence with its start and end. */
  readonly maxTokens: number;
  /** Never written. */
  readonly forbidden: readonly number[];
}

export interface Sentence {
  /** Without start and end. */
  readonly tokens: readonly number[];
  /** Mean log probability of its tokens, the end included where it is reached. */
  readonly score: number;
}

interface Beam {
  readonly tokens: readonly number[];
  readonly logProbability: number;
}

interface Continuation {
  readonly beam: number;
  readonly token: number;
  readonly logProbability: number;
}

/**
 * The most probable sentences, word by word. Sentences of different lengths are compared by the mean
 * log probability of their tokens, without which short ones would always win (length normalization:
 * Wu et al. 2016, arXiv 1609.08144, section 7, with alpha = 1).
 */
export class BeamSearch {
  readonly #rule: DecodingRule;
  #beams: readonly Beam[] = [{ tokens: [], logProbability: 0 }];
  #finished: readonly Sentence[] = [];

  constructor(rule: DecodingRule) {
    this.#rule = rule;
  }

  /** What the captioner reads next: one token a beam. */
  inputs(): Int32Array {
    return Int32Array.from(
      this.#beams,
      ({ tokens }) => tokens[tokens.length - 1] ?? this.#rule.startToken,
    );
  }

  /** Of the next inputs, from 0. */
  get position(): number {
    return this.#beams[0]?.tokens.length ?? 0;
  }

  get done(): boolean {
    const { beams } = this.#rule;
    const best = this.#beams[0];
    if (!best) return true;
    const worst = this.#finished[beams - 1];
    return worst !== undefined && worst.score >= mean(best.logProbability, best.tokens.length);
  }

  /**
   * Takes one token further.
   *
   * @param logits one row a beam
   * @returns for each beam from now on, which of the beams before it goes on from: the order of the
   *   key-value cache's rows
   */
  advance(logits: Float32Array): Int32Array {
    const { beams, endToken, maxTokens } = this.#rule;
    const length = this.position + 1;
    // After this step only the end would fit.
    const last = length + 2 >= maxTokens;
    const finished = [...this.#finished];
    const next: Continuation[] = [];
    for (const [rank, continuation] of this.#continuations(logits).entries()) {
      if (next.length === beams) break;
      if (continuation.token !== endToken) next.push(continuation);
      // An end that is less probable than so many words is none.
      else if (rank < beams) finished.push(this.#sentence(continuation, length));
    }
    if (last && finished.length === 0) {
      // Nothing came to its end by itself, so the best words are taken for a sentence.
      const [best] = next;
      if (best) finished.push({ ...this.#sentence(best, length), tokens: this.#tokensOf(best) });
    }
    this.#finished = finished.sort((a, b) => b.score - a.score).slice(0, beams);
    this.#beams = last
      ? []
      : next.map((continuation) => ({
          tokens: this.#tokensOf(continuation),
          logProbability: continuation.logProbability,
        }));
    return Int32Array.from(last ? [] : next, ({ beam }) => beam);
  }

  /** The best sentence so far, perhaps not yet at its end. */
  best(): Sentence {
    const running = this.#beams.map(({ tokens, logProbability }) => ({
      tokens,
      score: mean(logProbability, tokens.length),
    }));
    const all = [...this.#finished, ...running].sort((a, b) => b.score - a.score);
    return all[0] ?? { tokens: [], score: 0 };
  }

  /** Sentences that came to their end, best first. */
  finished(): readonly Sentence[] {
    return this.#finished;
  }

  #tokensOf({ beam, token }: Continuation): readonly number[] {
    return [...(this.#beams[beam]?.tokens ?? []), token];
  }

  #sentence({ beam, logProbability }: Continuation, length: number): Sentence {
    return { tokens: this.#beams[beam]?.tokens ?? [], score: mean(logProbability, length) };
  }

  /** The most probable ways to go on, best first: as many as may be needed. */
  #continuations(logits: Float32Array): readonly Continuation[] {
    const { beams, endToken, forbidden } = this.#rule;
    const vocabulary = logits.length / this.#beams.length;
    const all: Continuation[] = [];
    for (const [beam, { logProbability }] of this.#beams.entries()) {
      const row = logits.subarray(beam * vocabulary, (beam + 1) * vocabulary);
      const total = logSumExp(row);
      for (const token of forbidden) row[token] = Number.NEGATIVE_INFINITY;
      // A sentence has words.
      if (this.position === 0) row[endToken] = Number.NEGATIVE_INFINITY;
      for (const token of greatest(row, beams + 1)) {
        const logit = row[token] as number;
        all.push({ beam, token, logProbability: logProbability + logit - total });
      }
    }
    return all.sort((a, b) => b.logProbability - a.logProbability);
  }
}

function mean(sum: number, count: number): number {
  return count > 0 ? sum / count : sum;
}

function logSumExp(values: Float32Array): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) if (value > most) most = value;
  let sum = 0;
  for (const value of values) sum += Math.exp(value - most);
  return most + Math.log(sum);
}

/** Where the `count` greatest finite values are, the greatest first. */
function greatest(values: Float32Array, count: number): readonly number[] {
  const places: number[] = [];
  let least = Number.NEGATIVE_INFINITY;
  for (let place = 0; place < values.length; place++) {
    const value = values[place] as number;
    if (!(value > least)) continue;
    let at = places.length;
    while (at > 0 && (values[places[at - 1] as number] as number) < value) at--;
    places.splice(at, 0, place);
    if (places.length > count) places.pop();
    if (places.length === count) least = values[places[count - 1] as number] as number;
  }
  return places;
}
