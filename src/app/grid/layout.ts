/**
 * Where every tile of a grid lies, computed ahead from aspect ratios: rows can then be virtualized
 * with exact heights, arrow keys find neighbours off screen, and re-ordering knows old and new places.
 */

/** Tiles under one heading; `heading` is its height in pixels, 0 for none. */
export interface GridSection {
  readonly heading: number;
  /** Width by height of each tile's photo, in order. */
  readonly aspects: readonly number[];
}

export interface TileBox {
  /** Position among all tiles of the grid. */
  readonly index: number;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export type GridRow =
  | {
      readonly kind: 'heading';
      readonly section: number;
      readonly top: number;
      readonly height: number;
    }
  | {
      readonly kind: 'tiles';
      readonly top: number;
      /** Of the tiles and the gap below them. */
      readonly height: number;
      readonly tiles: readonly TileBox[];
    };

export interface GridLayout {
  readonly rows: readonly GridRow[];
  readonly tiles: readonly TileBox[];
  /** The row of each tile. */
  readonly rowOfTile: readonly number[];
  readonly height: number;
}

export interface LayoutOptions {
  /** Pixels there are for a row. */
  readonly width: number;
  /** Row height to come near to, in pixels. */
  readonly target: number;
  readonly gap: number;
}

const narrowest = 0.5;
const widest = 3;

/** Rows of one height each that fill the width, photos uncropped but for extreme panoramas. */
export function justifiedLayout(
  sections: readonly GridSection[],
  { width, target, gap }: LayoutOptions,
): GridLayout {
  return build(sections, gap, (aspects) => {
    const rows: number[][] = [];
    let row: number[] = [];
    let sum = 0;
    for (const aspect of aspects) {
      row.push(Math.min(Math.max(aspect, narrowest), widest));
      sum += row[row.length - 1] ?? 1;
      if (sum * target + gap * (row.length - 1) >= width) {
        rows.push(row);
        row = [];
        sum = 0;
      }
    }
    if (row.length > 0) rows.push(row);
    let above = target;
    return rows.map((members) => {
      const total = members.reduce((a, b) => a + b, 0);
      const free = width - gap * (members.length - 1);
      // A last row that does not fill the width is as high as the one above it.
      const height = members === row ? Math.min(above, free / total) : free / total;
      above = height;
      return { height: Math.round(height), widths: members.map((aspect) => aspect * height) };
    });
  });
}

/** Equal squares: photos that change places do not change size. */
export function squareLayout(
  sections: readonly GridSection[],
  { width, target, gap }: LayoutOptions,
): GridLayout {
  const columns = Math.max(2, Math.round((width + gap) / (target + gap)));
  const side = (width - gap * (columns - 1)) / columns;
  return build(sections, gap, (aspects) => {
    const rows = [];
    for (let start = 0; start < aspects.length; start += columns) {
      const count = Math.min(columns, aspects.length - start);
      rows.push({ height: side, widths: Array.from({ length: count }, () => side) });
    }
    return rows;
  });
}

function build(
  sections: readonly GridSection[],
  gap: number,
  split: (
    aspects: readonly number[],
  ) => readonly { readonly height: number; readonly widths: readonly number[] }[],
): GridLayout {
  const rows: GridRow[] = [];
  const tiles: TileBox[] = [];
  const rowOfTile: number[] = [];
  let top = 0;
  sections.forEach(({ heading, aspects }, section) => {
    if (heading > 0) {
      rows.push({ kind: 'heading', section, top, height: heading });
      top += heading;
    }
    for (const { height, widths } of split(aspects)) {
      const members: TileBox[] = [];
      let left = 0;
      for (const width of widths) {
        members.push({ index: tiles.length + members.length, left, top, width, height });
        rowOfTile.push(rows.length);
        left += width + gap;
      }
      tiles.push(...members);
      rows.push({ kind: 'tiles', top, height: height + gap, tiles: members });
      top += height + gap;
    }
  });
  return { rows, tiles, rowOfTile, height: top };
}
