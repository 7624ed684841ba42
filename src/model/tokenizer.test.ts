import { describe, expect, it } from 'vitest';
import fixtures from './fixtures/tokenizer_cases.json';
import { Tokenizer } from './tokenizer';

describe.each(Object.entries(fixtures))('Tokenizer, %s', (_, fixture) => {
  const { prefix, maxTokens, cases } = fixture;
  const tokenizer = Tokenizer.create(JSON.stringify(fixture.definition), { prefix, maxTokens });

  it.each(cases)('gives the ids of the Python library for "$text"', ({ text, ids }) => {
    expect(Array.from(tokenizer.encode(text).ids)).toEqual(ids);
  });

  it('cuts long sentences before their final special token', () => {
    const { ids, pieces } = tokenizer.encode('雪 '.repeat(100));
    expect(ids).toHaveLength(maxTokens);
    expect(pieces).toHaveLength(maxTokens);
    expect(ids.at(-1)).toBe(tokenizer.encode('').ids.at(-1));
  });
});

describe.each(Object.entries(fixtures))('Tokenizer, %s, back to text', (_, { definition }) => {
  const tokenizer = Tokenizer.create(JSON.stringify(definition), { prefix: '', maxTokens: 64 });
  const roundTrip = (text: string) => tokenizer.decode([...tokenizer.encode(text).ids]);

  it.each([
    ['a dog in the snow', 'a dog in the snow'],
    ['雪地里的狗', '雪地里的狗'],
    ['', ''],
  ])('gives "%s" again', (text, expected) => {
    expect(roundTrip(text)).toBe(expected);
  });

  it('knows the tokens that are no text', () => {
    expect(tokenizer.decode(tokenizer.specialIds())).toBe('');
    expect(tokenizer.specialIds()).toContain(tokenizer.encode('龘').ids.at(-2));
    expect(tokenizer.decode([])).toBe('');
  });
});

describe('Tokenizer, of what the Python library writes by itself', () => {
  const vocab = { '[PAD]': 0, '[UNK]': 1, a: 2, dog: 3, cat: 4 };
  const definition = {
    model: { type: 'WordLevel', vocab, unk_token: '[UNK]' },
    pre_tokenizer: { type: 'Whitespace' },
  };
  const settings = { prefix: '', maxTokens: 3 };

  it('reads a definition that leaves out what it does not have', () => {
    const { ids, pieces } = Tokenizer.create(JSON.stringify(definition), settings).encode(
      'a zebra',
    );
    expect([...ids]).toEqual([2, 1]);
    expect(pieces).toEqual(['a', 'zebra']);
  });

  it('makes nothing of an empty text', () => {
    const tokenizer = Tokenizer.create(JSON.stringify(definition), settings);
    expect(tokenizer.encode(' ').ids).toHaveLength(0);
  });

  it.each([
    ['none', '$A', 3, [2, 3, 4]],
    ['one at the beginning', '[PAD] $A', 3, [0, 2, 3]],
    ['two at the end', '[PAD] $A [UNK] [PAD]', 5, [0, 2, 3, 1, 0]],
  ])('cuts long sentences before the special tokens: %s', (_, template, maxTokens, expected) => {
    const single = template
      .split(' ')
      .map((id) =>
        id === '$A' ? { Sequence: { id: 'A', type_id: 0 } } : { SpecialToken: { id, type_id: 0 } },
      );
    const post_processor = { type: 'TemplateProcessing', single };
    const json = JSON.stringify({ ...definition, post_processor });
    const { ids } = Tokenizer.create(json, { prefix: '', maxTokens }).encode('a dog cat a dog');
    expect([...ids]).toEqual(expected);
  });
});

it.each(['', '<html>', '{}', '{"model":{"type":"Unknown"}}'])('refuses %s', (json) => {
  expect(() => Tokenizer.create(json, { prefix: '', maxTokens: 8 })).toThrow(
    expect.objectContaining({ code: 'tokenizer-invalid' }),
  );
});
