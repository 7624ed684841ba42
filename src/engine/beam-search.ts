/** The most probable sentences of a captioner. */
import {
  type Decoding,
  type DecodingRule,
  excludedAfter,
  greatest,
  lastTokens,
  logSumExp,
  type Sentence,
} from './decoding';

interface Beam {
  readonly tokens: readonly number[];
  readonly logProbability: number;
  /** Log probability without seeing the photo. */
  readonly blind: number;
}

interface Continuation {
  readonly beam: number;
  readonly token: number;
  readonly logProbability: number;
  readonly blind: number;
  /** What is followed: the log probability less what the contrast takes off. */
  readonly value: number;
}

/**
 * The most probable sentences, word by word. Sentences of different lengths are compared by the mean
 * log probability of their tokens, without which short ones would always win (length normalization:
 * Wu et al. 2016, arXiv 1609.08144, section 7, with alpha = 1).
 *
 * With a contrast, beginnings are followed that are more probable with the photo than without it
 * (as in contrastive decoding, Li et al. 2023, arXiv 2210.15097); the sentences that come of it are
 * compared by their probability with the photo alone.
 */
export class BeamSearch implements Decoding {
  readonly #rule: DecodingRule;
  #beams: readonly Beam[] = [{ tokens: [], logProbability: 0, blind: 0 }];
  #finished: readonly Sentence[] = [];

  constructor(rule: DecodingRule) {
    this.#rule = rule;
  }

  inputs(): Int32Array {
    return lastTokens(this.#beams, this.#rule.startToken);
  }

  get position(): number {
    return this.#beams[0]?.tokens.length ?? 0;
  }

  /** As soon as there are as many sentences as beams; going on rarely finds better ones. */
  get done(): boolean {
    return this.#beams.length === 0 || this.#finished.length >= this.#rule.beams;
  }

  advance(logits: Float32Array, blind?: Float32Array): Int32Array {
    const { beams, endToken, maxTokens } = this.#rule;
    const continuations = this.#continuations(this.#rows(logits, blind));
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
      blind: continuation.blind,
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

  #tokensOf({ beam }: Pick<Continuation, 'beam'>): readonly number[] {
    return this.#beams[beam]?.tokens ?? [];
  }

  #sentence(continuation: Pick<Continuation, 'beam' | 'logProbability'>): Sentence {
    const tokens = this.#tokensOf(continuation);
    return { tokens, score: continuation.logProbability / (tokens.length + 1) };
  }

  /** Every beam with an end behind it, whether the captioner would end there or not. */
  #ended(logits: Float32Array): readonly Sentence[] {
    const { endToken } = this.#rule;
    return this.#rows(logits).map(({ beam, seen }) =>
      this.#sentence({ beam, logProbability: seen.before + (seen.logits[endToken] as number) }),
    );
  }

  /**
   * The best ways to go on, best first: enough even if every beam comes to its end. Only words that
   * are probable with the photo are among them, however improbable they are without it.
   */
  #continuations(rows: readonly Row[]): readonly Continuation[] {
    const { beams, contrast } = this.#rule;
    return rows
      .flatMap(({ beam, tokens, seen, blind }) =>
        greatest(seen.logits, 2 * beams, excludedAfter(tokens, this.#rule)).map((token) => {
          const logProbability = seen.before + (seen.logits[token] as number);
          const without = blind ? blind.before + (blind.logits[token] as number) : 0;
          const value = logProbability - contrast * without;
          return { beam, token, logProbability, blind: without, value };
        }),
      )
      .sort((a, b) => b.value - a.value)
      .slice(0, 2 * beams);
  }

  #rows(logits: Float32Array, blind?: Float32Array): readonly Row[] {
    const vocabulary = logits.length / this.#beams.length;
    const row = (all: Float32Array, beam: number, logProbability: number): RowLogits => {
      const own = all.subarray(beam * vocabulary, (beam + 1) * vocabulary);
      return { logits: own, before: logProbability - logSumExp(own) };
    };
    return this.#beams.map((own, beam) => ({
      beam,
      tokens: own.tokens,
      seen: row(logits, beam, own.logProbability),
      blind: blind && row(blind, beam, own.blind),
    }));
  }
}

/** A beam's logits, and what is added to one of them for the log probability up to there. */
interface RowLogits {
  readonly logits: Float32Array;
  readonly before: number;
}

interface Row {
  readonly beam: number;
  readonly tokens: readonly number[];
  readonly seen: RowLogits;
  readonly blind: RowLogits | undefined;
}
