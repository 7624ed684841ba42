/** From a model's tokens back to the words that a person wrote. */
import type { TextEncoding } from '../model/encoding';

export interface Word {
  readonly text: string;
  /** Rows of the attention that belong to the word. */
  readonly tokens: readonly number[];
}

/** What tokenizers put before or between the letters of a text: word starts and continuations. */
const marks = /^(?:▁|##|Ġ)+|<\/w>$/g;

/**
 * The words of a text with their tokens. Special tokens, the package's prefix and punctuation belong
 * to no word; words that were cut off because the text is too long are left out.
 *
 * Tokens are laid along the text letter by letter, whatever tokenizer made them; words are those of
 * Unicode (in Chinese by the browser's dictionary), so a token may belong to two words.
 */
export function wordsOf(
  { text, pieces }: Pick<TextEncoding, 'text' | 'pieces'>,
  prefix: string,
): Word[] {
  const spans = tokenSpans(prefix + text, pieces);
  const segments = new Intl.Segmenter(undefined, { granularity: 'word' }).segment(text);
  return [...segments].flatMap(({ segment, index, isWordLike }) => {
    if (!isWordLike) return [];
    const start = prefix.length + index;
    const end = start + segment.length;
    const tokens = spans.flatMap((span, token) =>
      span && span.start < end && span.end > start ? [token] : [],
    );
    return tokens.length > 0 ? [{ text: segment, tokens }] : [];
  });
}

/** Mean attention of a word's tokens: one value a cell of the photo, which sum to 1. */
export function attentionOf(
  word: Pick<Word, 'tokens'>,
  attention: Float32Array,
  cells: number,
): Float32Array {
  const mean = new Float32Array(cells);
  for (const token of word.tokens) {
    for (let cell = 0; cell < cells; cell++) {
      mean[cell] = (mean[cell] as number) + (attention[token * cells + cell] as number);
    }
  }
  return mean.map((sum) => sum / word.tokens.length);
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where each token lies in the text; null for those that are not of it. */
function tokenSpans(text: string, pieces: readonly string[]): readonly (Span | null)[] {
  const letters = comparable(text);
  let next = 0;
  return pieces.map((piece) => {
    const wanted = comparable(piece.replace(marks, ''));
    if (wanted.length === 0) return null;
    const start = nextMatch(letters, wanted, next);
    const first = letters[start];
    const last = letters[start + wanted.length - 1];
    if (!first || !last) return null;
    next = start + wanted.length;
    return { start: first.start, end: last.end };
  });
}

interface Letter extends Span {
  readonly letter: string;
}

/** Letters as tokenizers compare them (compatibility forms, lower case, no accents), blanks left out. */
function comparable(text: string): readonly Letter[] {
  const letters: Letter[] = [];
  let start = 0;
  for (const character of text) {
    const end = start + character.length;
    const plain = character
      .normalize('NFKD')
      .replace(/\p{M}|\s/gu, '')
      .toLowerCase();
    for (const letter of plain) letters.push({ letter, start, end });
    start = end;
  }
  return letters;
}

/** So many letters may be unknown to the tokenizer in a row. */
const mostSkipped = 8;

/** Where the piece stands next, with as little skipped as possible; -1 if nowhere near. */
function nextMatch(letters: readonly Letter[], piece: readonly Letter[], from: number): number {
  for (let start = from; start <= from + mostSkipped; start++) {
    if (piece.every(({ letter }, i) => letters[start + i]?.letter === letter)) return start;
  }
  return -1;
}
