import { expect, it } from 'vitest';
import { wordsInText } from './words-in-text';

const words = (...texts: string[]) => texts.map((word) => ({ word }));

it('finds words in their order, with what lies between them', () => {
  expect(wordsInText('A dog, a ball.', words('A', 'dog', 'a', 'ball'))).toEqual([
    { text: 'A', word: 0 },
    { text: ' ', word: null },
    { text: 'dog', word: 1 },
    { text: ', ', word: null },
    { text: 'a', word: 2 },
    { text: ' ', word: null },
    { text: 'ball', word: 3 },
    { text: '.', word: null },
  ]);
});

it('takes Chinese without blanks', () => {
  expect(wordsInText('两只狗在雪地里', words('两只', '狗', '在', '雪地', '里'))).toHaveLength(5);
});

it.each([
  ['words that are not there', 'a dog', words('a', 'cat', 'dog')],
  ['no words', 'a dog', []],
  ['no text', '', words('dog')],
])('keeps the text whole with %s', (_, text, some) => {
  const pieces = wordsInText(text, some);
  expect(pieces.map((piece) => piece.text).join('')).toBe(text);
});
