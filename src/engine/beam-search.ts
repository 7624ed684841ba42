/** The most probable sentences of a captioner. */
import {
  type Decoding,
  type DecodingRule,
  excludedAfter,
  greatest,
  logSumExp,
  type Sentence,
} from './decoding';

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
export class BeamSearch implements Decoding {
  readonly #rule: DecodingRule;
  #beams: readonly Beam[] = [{ tokens: [], logProbability: 0 }];
  #finished: readonly Sentence[] = [];

  constructor(rule: DecodingRule) {
    this.#rule = rule;
  }

  inputs(): Int32Array {
    return Int32Array.from(
      this.#beams,
      ({ tokens }) => tokens[tokens.length - 1] ?? this.#rule.startToken,
    );
  }

  get position(): number {
    return this.#beams[0]?.tokens.length ?? 0;
  }

  /** As soon as there are as many sentences as beams; going on rarely finds better ones. */
  get done(): boolean {
    return this.#beams.length === 0 || this.#finished.length >= this.#rule.beams;
  }

  advance(logits: Float32Array): Int32Array {
    const { beams, endToken, maxTokens } = this.#rule;
    const continuations = this.#continuations(logits);
    const finished = [...this.#finished];
    const next: Continuation[] = [];
    for (const [rank, continuation] of continuations.entries()) {
      if (continuation.token !== endToken) {
        if (next.length < beams) next.push(continuation);
      } else if (rank < beams && finished.length < beams) {
        // An end that is less probable than so many ways to go on is none.
        finished.push(this.#sentence(continuation));
      }
    }
    if (this.position === maxTokens - 1) {
      // No room for a further word. What has not come to an end is let go, unless it is all there is.
      next.length = 0;
      if (finished.length === 0) finished.push(...this.#ended(logits));
    }
    this.#finished = finished.sort((a, b) => b.score - a.score);
    this.#beams = next.map((continuation) => ({
      tokens: [...this.#tokensOf(continuation), continuation.token],
      logProbability: continuation.logProbability,
    }));
    return Int32Array.from(next, ({ beam }) => beam);
  }

  best(): Sentence {
    const running = this.#beams.map(({ tokens, logProbability }) => ({
      tokens,
      score: logProbability / Math.max(1, tokens.length),
    }));
    const all = [...this.#finished, ...running].sort((a, b) => b.score - a.score);
    return all[0] ?? { tokens: [], score: 0 };
  }

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

  /** Every beam with an end behind it, whether the captioner would end there or not. */
  #ended(logits: Float32Array): readonly Sentence[] {
    const { endToken } = this.#rule;
    return this.#rows(logits).map(({ beam, row, before }) =>
      this.#sentence({ beam, token: endToken, logProbability: before + (row[endToken] as number) }),
    );
  }

  /** The most probable ways to go on, best first: enough even if every beam comes to its end. */
  #continuations(logits: Float32Array): readonly Continuation[] {
    const { beams } = this.#rule;
    return this.#rows(logits)
      .flatMap(({ beam, tokens, row, before }) =>
        greatest(row, 2 * beams, excludedAfter(tokens, this.#rule)).map((token) => ({
          beam,
          token,
          logProbability: before + (row[token] as number),
        })),
      )
      .sort((a, b) => b.logProbability - a.logProbability)
      .slice(0, 2 * beams);
  }

  /** Each beam's logits, and what is added to one of them for the log probability up to there. */
  #rows(logits: Float32Array): readonly (Pick<Beam, 'tokens'> & {
    readonly beam: number;
    readonly row: Float32Array;
    readonly before: number;
  })[] {
    const vocabulary = logits.length / this.#beams.length;
    return this.#beams.map(({ tokens, logProbability }, beam) => {
      const row = logits.subarray(beam * vocabulary, (beam + 1) * vocabulary);
      return { beam, tokens, row, before: logProbability - logSumExp(row) };
    });
  }
}
