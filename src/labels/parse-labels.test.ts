import { expect, it } from 'vitest';
import { parseLabels } from './parse-labels';

it.each([
  ['one a line', 'dog\ncat\r\n\n  bird ', ['dog', 'cat', 'bird']],
  ['English commas', 'polar bear, cat,dog', ['polar bear', 'cat', 'dog']],
  ['Chinese commas', '狗、猫，鸟；熊猫', ['狗', '猫', '鸟', '熊猫']],
  ['mixed', '狗, a dog、雪 山\ncoffee', ['狗', 'a dog', '雪 山', 'coffee']],
  ['repeated', 'Dog, dog,DOG , 狗、狗', ['Dog', '狗']],
  ['nothing', ' ,、\n', []],
])('labels: %s', (_, text, labels) => {
  expect(parseLabels(text)).toEqual(labels);
});
