import { expect, it } from 'vitest';
import { surestAndLeastSure, takenLabels, takers } from './taken-labels';

const photo = (photoId: string, probability: number, cosine = 0.3) => ({
  photoId,
  probability,
  cosine,
});
const found = {
  labels: ['dog', 'cat'],
  photos: ['a', 'b', 'c'],
  byLabel: new Map([
    ['dog', [photo('a', 0.9), photo('b', 0.6, 0.1), photo('c', 0.4)]],
    ['cat', [photo('c', 0.6), photo('a', 0.1)]],
  ]),
};

it('a photo takes a label by probability, and none below the least cosine', () => {
  const ids = (threshold: number, noneBelow: number) =>
    takers(found, 'dog', { threshold, noneBelow }).map(({ photoId }) => photoId);
  expect(ids(0.5, -1)).toEqual(['a', 'b']);
  expect(ids(0.6, 0.2)).toEqual(['a']);
  expect(ids(0.4, 0.2)).toEqual(['a', 'c']);
});

it('collects the labels of each photo, none where none fits', () => {
  const taken = takenLabels(found, ['dog', 'cat'], { threshold: 0.4, noneBelow: 0.2 });
  expect([...taken]).toEqual([
    ['a', [{ name: 'dog', probability: 0.9 }]],
    ['b', []],
    [
      'c',
      [
        { name: 'dog', probability: 0.4 },
        { name: 'cat', probability: 0.6 },
      ],
    ],
  ]);
});

it('shows both ends of a long list', () => {
  expect(surestAndLeastSure([1, 2, 3], 4)).toEqual([1, 2, 3]);
  expect(surestAndLeastSure([1, 2, 3, 4, 5, 6], 4)).toEqual([1, 2, 5, 6]);
});
