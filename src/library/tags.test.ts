import { expect, it } from 'vitest';
import { noTags, tagByHand, tagByLabels, tagNames, untagByHand } from './tags';

const cat = { name: 'cat', probability: 0.9 };
const dog = { name: 'dog', probability: 0.4 };

it('a label set replaces what it gave before, and nothing else', () => {
  const first = tagByLabels(tagByHand(noTags, 'friends'), 'animals', [cat, dog]);
  const other = tagByLabels(first, 'pets', [dog]);
  const again = tagByLabels(other, 'animals', [cat]);
  expect(tagNames(again)).toEqual(['friends', 'dog', 'cat']);
  expect(tagNames(tagByLabels(again, 'pets', []))).toEqual(['friends', 'cat']);
});

it('what was taken away by hand does not come back by itself', () => {
  const corrected = untagByHand(tagByLabels(noTags, 'animals', [cat, dog]), 'cat');
  const again = tagByLabels(tagByLabels(corrected, 'animals', [cat, dog]), 'pets', [cat]);
  expect(tagNames(again)).toEqual(['dog']);
  expect(tagNames(tagByLabels(tagByHand(again, 'cat'), 'animals', []))).toEqual(['cat']);
});

it('what was given or confirmed by hand stays when the label set no longer gives it', () => {
  const confirmed = tagByHand(tagByLabels(noTags, 'animals', [cat]), 'cat');
  expect(tagByHand(confirmed, 'cat')).toBe(confirmed);
  expect(tagByLabels(confirmed, 'animals', []).tags).toEqual([
    { name: 'cat', source: { kind: 'hand' } },
  ]);
});

it('what changes nothing is told by the same tags', () => {
  const tags = untagByHand(tagByLabels(tagByHand(noTags, 'friends'), 'animals', [cat, dog]), 'dog');
  expect(tagByHand(tags, 'friends')).toBe(tags);
  expect(untagByHand(tags, 'dog')).toBe(tags);
  expect(tagByLabels(tags, 'animals', [cat, dog])).toBe(tags);
  expect(tagByLabels(noTags, 'animals', [])).toBe(noTags);
  expect(tagByLabels(tags, 'animals', [{ ...cat, probability: 0.8 }])).not.toBe(tags);
  expect(tagByHand(tags, 'dog')).not.toBe(tags);
  expect(untagByHand(noTags, 'dog').refused).toEqual(['dog']);
});
