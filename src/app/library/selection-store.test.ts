import { expect, it } from 'vitest';
import { createSelectionStore } from './selection-store';

const order = ['a', 'b', 'c', 'd', 'e'];

it('adds and takes away single photos', () => {
  const selection = createSelectionStore();
  selection.getState().toggle('a');
  selection.getState().toggle('b');
  selection.getState().toggle('a');
  expect([...selection.getState().ids]).toEqual(['b']);
});

it.each([
  ['b', 'd'],
  ['d', 'b'],
])('selects everything from %s to %s', (from, to) => {
  const selection = createSelectionStore();
  selection.getState().toggle(from);
  selection.getState().toggle(to, order);
  expect([...selection.getState().ids].sort()).toEqual(['b', 'c', 'd']);
});

it('forgets photos that are gone, and ends with the last of them', () => {
  const selection = createSelectionStore();
  selection.getState().start();
  selection.getState().drop(['a']);
  expect(selection.getState().active).toBe(true);
  selection.getState().set(['a', 'b', 'c']);
  selection.getState().drop(['b', 'e']);
  expect([...selection.getState().ids]).toEqual(['a', 'c']);
  selection.getState().drop(order);
  expect(selection.getState()).toMatchObject({ active: false, ids: new Set() });
});

it('forgets the selection at the end', () => {
  const selection = createSelectionStore();
  selection.getState().start();
  selection.getState().set(order);
  selection.getState().stop();
  expect(selection.getState()).toMatchObject({ active: false, ids: new Set() });
});
