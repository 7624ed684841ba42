/** What the two ways to write a caption have in common: beam search and nucleus sampling. */

export interface DecodingRule {
  /** Sentences that are followed at once. */
  readonly beams: number;
  readonly startToken: number;
  readonly endToken: number;
  /** Of a sentence with its end: so often the captioner runs. */
  readonly maxTokens: number;
  /** Never written. */
  readonly forbidden: readonly number[];
  /** Whether a sentence holds this token once at most. */
  readonly isOnce: (token: number) => boolean;
  /**
   * How much it counts against a beginning that the captioner would write it without seeing the photo:
   * what fits any photo says little about this one.
   */
  readonly contrast: number;
}

export interface Sentence {
  /** Without start and end. */
  readonly tokens: readonly number[];
  /** Mean log probability of its tokens, once it is finished of its end too. */
  readonly score: number;
}

/** Says which words a captioner writes, from its logits; apart from the session that makes them. */
export interface Decoding {
  /** What the captioner reads next: one token a row. */
  inputs(): Int32Array;
  /** Of the next inputs, from 0. */
  readonly position: number;
  readonly done: boolean;
  /**
   * Takes one token further.
   *
   * @param logits one row for each of the inputs
   * @param blind the same without seeing the photo; only where the rule has a contrast
   * @returns for each row from now on, which of the rows before it goes on from: the order of the
   *   key-value cache's rows
   */
  advance(logits: Float32Array, blind?: Float32Array): Int32Array;
  /** What can be shown so far, perhaps not yet at its end. */
  best(): Sentence;
  /** Sentences that came to their end, best first. */
  finished(): readonly Sentence[];
}

/** What the captioner reads next of each beginning: its last token, or the start. */
export function lastTokens(
  rows: readonly { readonly tokens: readonly number[] }[],
  startToken: number,
): Int32Array {
  return Int32Array.from(rows, ({ tokens }) => tokens[tokens.length - 1] ?? startToken);
}

/** Tokens that cannot follow these. */
export function excludedAfter(
  tokens: readonly number[],
  { forbidden, endToken, isOnce }: DecodingRule,
): ReadonlySet<number> {
  const excluded = new Set(forbidden);
  for (const token of tokens) if (isOnce(token)) excluded.add(token);
  // A sentence has words.
  if (tokens.length === 0) excluded.add(endToken);
  return excluded;
}

export function logSumExp(values: Float32Array): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) if (value > most) most = value;
  let sum = 0;
  for (const value of values) sum += Math.exp(value - most);
  return most + Math.log(sum);
}

/** Where the `count` greatest values are, the greatest first. */
export function greatest(
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
