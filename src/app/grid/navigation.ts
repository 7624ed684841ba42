import type { GridLayout, TileBox } from './layout';

/** Rows that Page Up and Page Down leap over. */
const pageRows = 4;

/** The tile that a key leads to from `index`; null where the key means nothing here. */
export function neighbour(layout: GridLayout, index: number, key: string): number | null {
  const last = layout.tiles.length - 1;
  switch (key) {
    case 'ArrowLeft':
      return Math.max(0, index - 1);
    case 'ArrowRight':
      return Math.min(last, index + 1);
    case 'ArrowUp':
      return acrossRows(layout, index, -1);
    case 'ArrowDown':
      return acrossRows(layout, index, 1);
    case 'PageUp':
      return acrossRows(layout, index, -pageRows);
    case 'PageDown':
      return acrossRows(layout, index, pageRows);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return null;
  }
}

/** The tile nearest below or above, `steps` rows of tiles away (headings do not count). */
function acrossRows(layout: GridLayout, index: number, steps: number): number {
  const from = layout.tiles[index];
  if (!from) return index;
  const direction = Math.sign(steps);
  let left = Math.abs(steps);
  let row = layout.rowOfTile[index] ?? 0;
  let target: readonly TileBox[] | null = null;
  while (left > 0) {
    row += direction;
    const candidate = layout.rows[row];
    if (!candidate) break;
    if (candidate.kind === 'tiles') {
      target = candidate.tiles;
      left -= 1;
    }
  }
  if (!target) return index;
  const center = from.left + from.width / 2;
  let best = target[0];
  for (const tile of target) {
    if (best && distance(tile, center) < distance(best, center)) best = tile;
  }
  return best?.index ?? index;
}

function distance(tile: TileBox, center: number): number {
  return Math.abs(tile.left + tile.width / 2 - center);
}
