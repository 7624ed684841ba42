import { expect, it } from 'vitest';
import { createViewerStore } from './viewer-store';

function opened(photo: string) {
  const viewer = createViewerStore();
  viewer.getState().open(photo, ['a', 'b', 'c']);
  return viewer;
}

it('steps through the order and stops at its ends', () => {
  const viewer = opened('b');
  viewer.getState().step(1);
  viewer.getState().step(1);
  expect(viewer.getState().photoId).toBe('c');
  viewer.getState().step(-1);
  expect(viewer.getState().photoId).toBe('b');
});

it('goes on to the next photo when the one on show is removed, or back from the last', () => {
  const viewer = opened('b');
  viewer.getState().drop(['b']);
  expect(viewer.getState().photoId).toBe('c');
  viewer.getState().drop(['c']);
  expect(viewer.getState().photoId).toBe('a');
  viewer.getState().drop(['a']);
  expect(viewer.getState().photoId).toBeNull();
});

it('remembers the last photo that was on show after closing', () => {
  const viewer = opened('a');
  viewer.getState().step(1);
  viewer.getState().close();
  expect(viewer.getState()).toMatchObject({ photoId: null, lastShown: 'b' });
});
