import { describe, expect, it } from 'vitest';
import { type GridLayout, justifiedLayout, squareLayout } from './layout';
import { neighbour } from './navigation';

const options = { width: 1000, target: 200, gap: 10 };
const aspects = [1.5, 0.67, 1.5, 1.78, 1, 1, 4, 0.2, 1.33, 1.5, 0.75, 1.5];

function rowWidth(layout: GridLayout, row: number): number {
  const tiles = layout.tiles.filter(({ index }) => layout.rowOfTile[index] === row);
  const last = tiles[tiles.length - 1];
  return last ? last.left + last.width : 0;
}

describe('justifiedLayout', () => {
  const layout = justifiedLayout([{ heading: 40, aspects }], options);

  it('fills the width with every row but the last', () => {
    const rows = layout.rows.flatMap((row, index) => (row.kind === 'tiles' ? [index] : []));
    for (const row of rows.slice(0, -1)) expect(rowWidth(layout, row)).toBeCloseTo(1000, 3);
    expect(rowWidth(layout, rows[rows.length - 1] ?? 0)).toBeLessThanOrEqual(1000.001);
  });

  it('keeps rows near the target height', () => {
    for (const { height } of layout.tiles) {
      expect(height).toBeGreaterThan(100);
      expect(height).toBeLessThanOrEqual(250);
    }
  });

  it('makes a row that does not fill the width no higher than the one above', () => {
    const { tiles } = justifiedLayout([{ heading: 0, aspects: [1, 1, 1, 1, 1, 1, 1] }], options);
    expect(tiles[5]?.height).toBeCloseTo(tiles[4]?.height ?? 0, 6);
    expect(tiles[6]?.width).toBeCloseTo(tiles[0]?.width ?? 0, 6);
  });

  it('places one tile for each photo, in order', () => {
    expect(layout.tiles.map(({ index }) => index)).toEqual(aspects.map((_, index) => index));
  });

  it('stacks rows without gaps or overlaps, up to its height', () => {
    let bottom = 0;
    for (const { top, height } of layout.rows) {
      expect(top).toBeCloseTo(bottom, 6);
      bottom = top + height;
    }
    expect(layout.height).toBeCloseTo(bottom, 6);
  });

  it('lays out ten thousand photos', () => {
    const many = Array.from({ length: 10_000 }, (_, index) => aspects[index % aspects.length] ?? 1);
    expect(justifiedLayout([{ heading: 40, aspects: many }], options).tiles).toHaveLength(10_000);
  });
});

describe('squareLayout', () => {
  it('starts the second section under its heading on a new row', () => {
    const layout = squareLayout(
      [
        { heading: 0, aspects: [1, 1, 1] },
        { heading: 70, aspects: [1, 1] },
      ],
      options,
    );
    expect(layout.rows.map(({ kind }) => kind)).toEqual(['tiles', 'heading', 'tiles']);
    expect(layout.tiles[3]).toMatchObject({ left: 0 });
    expect(layout.tiles[3]?.width).toBe(layout.tiles[0]?.width);
  });

  it('has no heading where none is wanted', () => {
    const layout = squareLayout([{ heading: 0, aspects: [1] }], options);
    expect(layout.rows).toHaveLength(1);
  });
});

describe('neighbour', () => {
  // Five squares a row: 0–4, 5–6, a heading, 7–11.
  const layout = squareLayout(
    [
      { heading: 0, aspects: [1, 1, 1, 1, 1, 1, 1] },
      { heading: 70, aspects: [1, 1, 1, 1, 1] },
    ],
    options,
  );

  it.each([
    ['ArrowRight', 4, 5],
    ['ArrowLeft', 0, 0],
    ['ArrowRight', 11, 11],
    ['ArrowDown', 1, 6],
    ['ArrowDown', 4, 6],
    ['ArrowDown', 6, 8],
    ['ArrowUp', 8, 6],
    ['ArrowUp', 2, 2],
    ['PageDown', 0, 7],
    ['Home', 9, 0],
    ['End', 2, 11],
  ])('%s leads from %i to %i', (key, from, to) => {
    expect(neighbour(layout, from, key)).toBe(to);
  });

  it('leaves other keys alone', () => {
    expect(neighbour(layout, 0, 'a')).toBeNull();
  });
});
