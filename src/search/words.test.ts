import { describe, expect, it } from 'vitest';
import { attentionOf, wordsOf } from './words';

function words(text: string, pieces: readonly string[], prefix = 'query: ') {
  return wordsOf({ text, pieces }, prefix).map((word) => [
    word.text,
    word.tokens.map((token) => pieces[token]),
  ]);
}

describe('words and their tokens', () => {
  it('of a sentence in pieces, behind a prefix', () => {
    expect(
      words('A Dachshund in the snow!', [
        ...['<s>', '▁query', ':', '▁A', '▁Da', 'chs', 'hund', '▁in', '▁the', '▁snow', '!', '</s>'],
      ]),
    ).toEqual([
      ['A', ['▁A']],
      ['Dachshund', ['▁Da', 'chs', 'hund']],
      ['in', ['▁in']],
      ['the', ['▁the']],
      ['snow', ['▁snow']],
    ]);
  });

  it('of Chinese without blanks, where a token may be part of two words', () => {
    const found = words('雪地里的狗', [
      '<s>',
      '▁query',
      ':',
      '▁',
      '雪',
      '地里',
      '的',
      '狗',
      '</s>',
    ]);
    expect(found.map(([word]) => word).join('')).toBe('雪地里的狗');
    expect(found.at(-1)).toEqual(['狗', ['狗']]);
    expect(found[0]?.[1]).toContain('雪');
  });

  it('of single characters and continuations, in lower case without accents', () => {
    expect(words('Café 猫', ['[CLS]', 'ca', '##fe', '猫', '[SEP]'], '')).toEqual([
      ['Café', ['ca', '##fe']],
      ['猫', ['猫']],
    ]);
  });

  it('skips what the tokenizer does not know and what was cut off', () => {
    const pieces = ['<s>', '▁query', ':', '▁cat', '▁', '<unk>', '▁here', '</s>'];
    expect(words('cat 🐈 here and gone', pieces)).toEqual([
      ['cat', ['▁cat']],
      ['here', ['▁here']],
    ]);
    expect(words('query', ['<s>', '▁query', ':', '▁query', '</s>'])).toEqual([
      ['query', ['▁query']],
    ]);
  });
});

it('the attention of a word is the mean of its tokens', () => {
  const attention = Float32Array.of(1, 0, 0, 0, 0.5, 0.5, 0, 0, 0, 0, 0, 1);
  expect([...attentionOf({ tokens: [0, 1] }, attention, 4)]).toEqual([0.75, 0.25, 0, 0]);
});
