import { expect, it } from 'vitest';
import type { StoredCaption } from '../library/captions';
import { isSettled } from './job-state';

const byModel: StoredCaption = {
  text: 'A dog.',
  source: { kind: 'model', modelKey: 'm@1', match: null },
};

it('captions of a person and of this model stay; until a model is known, those of any', () => {
  expect(isSettled({ text: 'mine', source: { kind: 'hand' } }, 'm@1')).toBe(true);
  expect(isSettled(byModel, 'm@1')).toBe(true);
  expect(isSettled(byModel, 'm@2')).toBe(false);
  expect(isSettled(byModel, null)).toBe(true);
  expect(isSettled(undefined, null)).toBe(false);
});
