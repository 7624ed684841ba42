/** From the ranker's attention over a grid of cells to what is seen and said of it. */

export const regions = [
  ['upperLeft', 'top', 'upperRight'],
  ['left', 'centre', 'right'],
  ['lowerLeft', 'bottom', 'lowerRight'],
] as const;

export type Region = (typeof regions)[number][number];

/** Cells a side of the square grid. */
export function gridSide(cells: number): number {
  return Math.round(Math.sqrt(cells));
}

/** The mean of several attentions. */
export function meanAttention(attentions: readonly Float32Array[]): Float32Array {
  const mean = new Float32Array(attentions[0]?.length ?? 0);
  for (const attention of attentions) {
    for (const [cell, value] of attention.entries()) {
      mean[cell] = (mean[cell] as number) + value / attentions.length;
    }
  }
  return mean;
}

/** Where most of the attention lies; null where it is spread over the whole photo. */
export function mainRegion(attention: Float32Array): Region | null {
  const side = gridSide(attention.length);
  const sums = new Map<Region, { attention: number; cells: number }>();
  for (const [cell, value] of attention.entries()) {
    const third = (position: number) => Math.floor(((position + 0.5) / side) * 3);
    const region = regions[third(Math.floor(cell / side))]?.[third(cell % side)];
    if (!region) continue;
    const sum = sums.get(region) ?? { attention: 0, cells: 0 };
    sums.set(region, { attention: sum.attention + value, cells: sum.cells + 1 });
  }
  let best: Region | null = null;
  // So many times the attention that it would get of an even spread.
  let density = 1.5 / attention.length;
  for (const [region, sum] of sums) {
    if (sum.attention / sum.cells <= density) continue;
    density = sum.attention / sum.cells;
    best = region;
  }
  return best;
}

/** Of the width of a cell: how far its attention spreads on the map. */
const spread = 0.62;

/**
 * A smooth map of `side` × `side` values, row by row: 1 where the attention is greatest and 0 where
 * it is least. The less the attention differs from place to place, the nearer is all of it to a half.
 */
export function smoothMap(attention: Float32Array, side: number): Float32Array {
  const cells = gridSide(attention.length);
  const weights = kernel(cells, side);
  const wide = new Float32Array(cells * side);
  for (let row = 0; row < cells; row++) {
    for (let x = 0; x < side; x++) {
      let sum = 0;
      for (let cell = 0; cell < cells; cell++) {
        sum += (attention[row * cells + cell] as number) * (weights[x * cells + cell] as number);
      }
      wide[row * side + x] = sum;
    }
  }
  const map = new Float32Array(side * side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      let sum = 0;
      for (let row = 0; row < cells; row++) {
        sum += (wide[row * side + x] as number) * (weights[y * cells + row] as number);
      }
      map[y * side + x] = sum;
    }
  }
  const greatest = map.reduce((most, value) => Math.max(most, value), 0);
  const least = map.reduce((most, value) => Math.min(most, value), 1);
  // Differences below what a cell gets on average are not blown up to the full range.
  const range = Math.max(greatest - least, 1 / attention.length);
  return map.map((value) => 0.5 + (value - (greatest + least) / 2) / range);
}

/** How much each cell counts at each place along one side: a Gaussian, its sum 1 at each place. */
function kernel(cells: number, side: number): Float32Array {
  const weights = new Float32Array(side * cells);
  for (let place = 0; place < side; place++) {
    const centre = ((place + 0.5) / side) * cells - 0.5;
    let sum = 0;
    for (let cell = 0; cell < cells; cell++) {
      const weight = Math.exp(-0.5 * ((cell - centre) / spread) ** 2);
      weights[place * cells + cell] = weight;
      sum += weight;
    }
    for (let cell = 0; cell < cells; cell++) {
      weights[place * cells + cell] = (weights[place * cells + cell] as number) / sum;
    }
  }
  return weights;
}
