/** Which words a captioner writes: beam search over its logits, apart from the session that makes them. */

export interface DecodingRule {
  readonly beams: number;
  readonly startToken: number;
  readonly endToken: number;
  /** Of a sentence with its end: so often the captioner runs. */
  readonly maxTokens: number;
  /** Never written. */
  readonly forbidden: readonly number[];
}

export interface Sentence {
  /** Without start and end. */
  readonly tokens: readonly number[];
  /** Mean log probability of its tokens, once it is finished of its end too. */
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

  /** As soon as there are as many sentences as beams; going on rarely finds better ones. */
  get done(): boolean {
    return this.#beams.length === 0 || this.#finished.length >= this.#rule.beams;
  }

  /**
   * Takes one token further.
   *
   * @param logits one row a beam
   * @returns for each beam from now on, which of the beams before it goes on from: the order of the
   *   key-value cache's rows
   */
  advance(logits: Float32Array): Int32Array {
    const { beams, endToken } = this.#rule;
    const finished = [...this.#finished];
    const next: Continuation[] = [];
    for (const [rank, continuation] of this.#continuations(logits).entries()) {
      if (continuation.token !== endToken) {
        if (next.length < beams) next.push(continuation);
      } else if (rank < beams && finished.length < beams) {
        // An end that is less probable than so many ways to go on is none.
        finished.push(this.#sentence(continuation));
      }
    }
    this.#finished = finished.sort((a, b) => b.score - a.score);
    this.#beams = next.map((continuation) => ({
      tokens: [...this.#tokensOf(continuation), continuation.token],
      logProbability: continuation.logProbability,
    }));
    return Int32Array.from(next, ({ beam }) => beam);
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

  #tokensOf({ beam }: Continuation): readonly number[] {
    return this.#beams[beam]?.tokens ?? [];
  }

  #sentence(continuation: Continuation): Sentence {
    const tokens = this.#tokensOf(continuation);
    return { tokens, score: continuation.logProbability / (tokens.length + 1) };
  }

  /** The most probable ways to go on, best first: enough even if every beam comes to its end. */
  #continuations(logits: Float32Array): readonly Continuation[] {
    const { beams, endToken, forbidden, maxTokens } = this.#rule;
    const vocabulary = logits.length / this.#beams.length;
    const all: Continuation[] = [];
    for (const [beam, { logProbability }] of this.#beams.entries()) {
      const row = logits.subarray(beam * vocabulary, (beam + 1) * vocabulary);
      const before = logProbability - logSumExp(row);
      const continued = (token: number): Continuation => ({
        beam,
        token,
        logProbability: before + (row[token] as number),
      });
      if (this.position === maxTokens - 1) {
        all.push(continued(endToken));
        continue;
      }
      const excluded = new Set(forbidden);
      // A sentence has words.
      if (this.position === 0) excluded.add(endToken);
      all.push(...greatest(row, 2 * beams, excluded).map(continued));
    }
    return all.sort((a, b) => b.logProbability - a.logProbability).slice(0, 2 * beams);
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

/** Where the `count` greatest values are, the greatest first. */
function greatest(
  values: Float32Array,
  count: number,
  excluded: ReadonlySet<number>,
): readonly number[] {
  const places: number[] = [];
  let least = Number.NEGATIVE_INFINITY;
  for (let place = 0; place < values.length; place++) {
    const value = values[place] as number;
    if (!(value > least) || excluded.has(place)) continue;
    let at = places.length;
    while (at > 0 && (values[places[at - 1] as number] as number) < value) at--;
    places.splice(at, 0, place);
    if (places.length > count) places.pop();
    if (places.length === count) least = values[places[count - 1] as number] as number;
  }
  return places;
}
