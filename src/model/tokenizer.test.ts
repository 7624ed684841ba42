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
    const { ids, pieces } = tokenizer.encode('雪'.repeat(100));
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

it.each(['', '<html>', '{}', '{"model":{"type":"Unknown"}}'])('refuses %s', (json) => {
  expect(() => Tokenizer.create(json, { prefix: '', maxTokens: 8 })).toThrow(
    expect.objectContaining({ code: 'tokenizer-invalid' }),
  );
});
