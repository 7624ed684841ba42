/**
 * Which words a caption says once at most. Small captioners repeat themselves in English ("a white and
 * white dog"); in Chinese they hardly do.
 */

/** English words that good captions repeat. The same stand in modelling/r2d2/evaluation/decoding.py. */
const functionWords = new Set(
  (
    'the and with for from into onto two one his her its their another other while that who are has ' +
    'three some each over through down out off near next front behind around along across under ' +
    'against between him them himself herself four five group several'
  ).split(' '),
);

/** Of the text of a token. */
export function isContentWord(text: string): boolean {
  const word = text.trim().toLowerCase();
  return /^[a-z]{3,}$/.test(word) && !functionWords.has(word);
}
