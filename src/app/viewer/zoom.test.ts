import { describe, expect, it } from 'vitest';
import { clampView, fitted, fittedSize, maxScale, panBy, zoomAt } from './zoom';

const frame = { width: 800, height: 600 };
const content = { width: 800, height: 400 };

describe('fittedSize', () => {
  it('fits the longer side and keeps the shape', () => {
    expect(fittedSize({ width: 4000, height: 2000 }, frame)).toEqual(content);
    expect(fittedSize({ width: 2000, height: 4000 }, frame)).toEqual({ width: 300, height: 600 });
  });

  it('does not enlarge small pictures', () => {
    expect(fittedSize({ width: 100, height: 50 }, frame)).toEqual({ width: 100, height: 50 });
  });
});

describe('zoomAt', () => {
  it('keeps what is under the pointer where it is', () => {
    const anchor = { x: 200, y: 50 };
    const view = zoomAt(fitted, 4, anchor, content, frame);
    const before = { x: anchor.x / fitted.scale, y: anchor.y / fitted.scale };
    const after = {
      x: (anchor.x - view.offset.x) / view.scale,
      y: (anchor.y - view.offset.y) / view.scale,
    };
    expect(after.x).toBeCloseTo(before.x, 6);
    expect(after.y).toBeCloseTo(before.y, 6);
  });

  it('stays between fitting and the largest scale', () => {
    expect(zoomAt(fitted, 0.1, { x: 0, y: 0 }, content, frame)).toEqual(fitted);
    expect(zoomAt(fitted, 1e6, { x: 0, y: 0 }, content, frame).scale).toBe(maxScale);
  });
});

describe('panBy', () => {
  it('moves a zoomed picture up to its edges, and one that fits not at all', () => {
    const zoomed = zoomAt(fitted, 2, { x: 0, y: 0 }, content, frame);
    const moved = panBy(zoomed, { x: -80, y: 80 }, content, frame);
    expect(moved).toEqual({ scale: 2, offset: { x: -80, y: 80 } });
    expect(panBy(moved, { x: -9999, y: 80 }, content, frame).offset).toEqual({ x: -400, y: 100 });
    expect(panBy(fitted, { x: 80, y: 80 }, content, frame)).toEqual(fitted);
  });
});

describe('clampView', () => {
  it('does not let the picture leave the frame', () => {
    const { offset } = clampView({ scale: 2, offset: { x: 9999, y: -9999 } }, content, frame);
    expect(offset).toEqual({ x: 400, y: -100 });
  });
});
