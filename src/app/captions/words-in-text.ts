/** Where the words of a sentence stand in it, so that each can be pointed at. */

export interface Piece {
  readonly text: string;
  /** Place of the word; null for what lies between words. */
  readonly word: number | null;
}

/** The text in pieces, which together are the text; words that are not found in their order are left out. */
export function wordsInText(text: string, words: readonly { readonly word: string }[]): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const [place, { word }] of words.entries()) {
    const start = text.indexOf(word, end);
    if (start < 0) continue;
    if (start > end) pieces.push({ text: text.slice(end, start), word: null });
    end = start + word.length;
    pieces.push({ text: text.slice(start, end), word: place });
  }
  if (end < text.length) pieces.push({ text: text.slice(end), word: null });
  return pieces;
}
