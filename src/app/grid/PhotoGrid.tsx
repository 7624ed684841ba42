import { defaultRangeExtractor, type Range, useWindowVirtualizer } from '@tanstack/react-virtual';
import {
  type FocusEvent,
  type KeyboardEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import type { PhotoId } from '../../library/library';
import { useApp } from '../app-context';
import type { GridLayout } from './layout';
import { neighbour } from './navigation';
import { type Place, useReorderAnimation } from './useReorderAnimation';

/** Attributes for the list element of the grid. */
type ListAttributes = Readonly<
  Record<`data-${string}` | 'aria-label' | 'aria-describedby', string>
>;

interface PhotoGridProps {
  readonly layout: GridLayout;
  /** The photo of each tile, in the layout's order. */
  readonly ids: readonly PhotoId[];
  /** The control of a tile; `tabIndex` makes one of them the grid's tab stop. */
  readonly renderTile: (index: number, tabIndex: 0 | -1) => ReactNode;
  readonly renderHeading: (section: number) => ReactNode;
  /** Attributes for the list item of a tile. */
  readonly tileAttributes?: (
    index: number,
  ) => Readonly<Record<`data-${string}`, string | undefined>>;
  readonly listAttributes: Partial<ListAttributes>;
  /** Indices of tiles that are always in the document. */
  readonly alwaysRendered?: readonly number[];
  readonly animateReorder?: boolean;
}

const headingKey = (section: number) => `heading ${section}`;

const none: Readonly<Record<string, never>> = {};
const noTiles: readonly number[] = [];

/** A virtualized list of tiles and headings in the window's scroll, with arrow keys between tiles. */
export function PhotoGrid({
  layout,
  ids,
  renderTile,
  renderHeading,
  tileAttributes,
  listAttributes,
  alwaysRendered = noTiles,
  animateReorder = false,
}: PhotoGridProps) {
  const { viewer } = useApp().stores;
  const list = useRef<HTMLUListElement>(null);
  const [margin, setMargin] = useState(0);
  const [current, setCurrent] = useState<PhotoId | null>(null);
  const currentIndex = Math.max(0, current === null ? 0 : ids.indexOf(current));
  const currentRow = layout.rowOfTile[currentIndex];
  const pinnedRows = useMemo(
    () => new Set(alwaysRendered.flatMap((tile) => layout.rowOfTile[tile] ?? [])),
    [alwaysRendered, layout],
  );

  const virtualizer = useWindowVirtualizer({
    count: layout.rows.length,
    estimateSize: (row) => layout.rows[row]?.height ?? 0,
    overscan: 4,
    scrollMargin: margin,
    rangeExtractor: useCallback(
      (range: Range) => {
        const rows = new Set(defaultRangeExtractor(range));
        for (const row of pinnedRows) if (row < range.count) rows.add(row);
        // The tab stop stays in the document however far the page is scrolled.
        if (currentRow !== undefined && currentRow < range.count) rows.add(currentRow);
        return [...rows].sort((a, b) => a - b);
      },
      [pinnedRows, currentRow],
    ),
  });

  // What comes and goes above the grid moves it.
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    const measure = () =>
      setMargin(Math.round(element.getBoundingClientRect().top + window.scrollY));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element.closest('main') ?? document.body);
    return () => observer.disconnect();
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the sizes are the layout's
  useLayoutEffect(() => virtualizer.measure(), [layout, virtualizer]);

  const places = useMemo(() => {
    const map = new Map<string, Place>();
    if (!animateReorder) return map;
    ids.forEach((id, index) => {
      const box = layout.tiles[index];
      if (box) map.set(id, box);
    });
    for (const row of layout.rows) {
      if (row.kind === 'heading') map.set(headingKey(row.section), { left: 0, top: row.top });
    }
    return map;
  }, [animateReorder, ids, layout]);
  useReorderAnimation(list, places, animateReorder);

  const pendingFocus = useRef<PhotoId | null>(null);
  const focusTile = useCallback(
    (id: PhotoId) => {
      const index = ids.indexOf(id);
      const row = layout.rowOfTile[index];
      if (index < 0 || row === undefined) return;
      pendingFocus.current = id;
      setCurrent(id);
      virtualizer.scrollToIndex(row, { align: 'auto' });
    },
    [ids, layout, virtualizer],
  );

  // Runs after every render: the tile may have come into the document only now.
  useEffect(() => {
    const id = pendingFocus.current;
    if (id === null) return;
    const tile = list.current?.querySelector<HTMLElement>(`[data-tile="${id}"] [data-control]`);
    if (!tile) return;
    pendingFocus.current = null;
    tile.focus({ preventScroll: true });
    tile.scrollIntoView({ block: 'nearest' });
  });

  // Closing the viewer leads back to the photo that it showed last.
  useEffect(
    () =>
      viewer.subscribe(({ photoId, lastShown }, before) => {
        if (before.photoId !== null && photoId === null && lastShown !== null) focusTile(lastShown);
      }),
    [viewer, focusTile],
  );

  function onFocus({ target }: FocusEvent): void {
    const id = target.closest<HTMLElement>('[data-tile]')?.dataset.tile;
    if (id !== undefined) setCurrent(id);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const next = neighbour(layout, currentIndex, event.key);
    const id = next === null ? undefined : ids[next];
    if (id === undefined) return;
    event.preventDefault();
    focusTile(id);
  }

  return (
    <ul
      ref={list}
      {...listAttributes}
      onKeyDown={onKeyDown}
      onFocus={onFocus}
      className="relative"
      style={{ height: layout.height }}
    >
      {virtualizer.getVirtualItems().flatMap(({ index: rowIndex }) => {
        const row = layout.rows[rowIndex];
        if (!row) return [];
        if (row.kind === 'heading') {
          return [
            <li
              key={headingKey(row.section)}
              data-place={headingKey(row.section)}
              className="absolute inset-x-0"
              style={{ top: row.top, height: row.height }}
            >
              {renderHeading(row.section)}
            </li>,
          ];
        }
        return row.tiles.map((box) => {
          const id = ids[box.index];
          if (id === undefined) return null;
          return (
            <li
              key={id}
              data-tile={id}
              data-place={id}
              {...(tileAttributes?.(box.index) ?? none)}
              aria-setsize={ids.length}
              aria-posinset={box.index + 1}
              className="absolute scroll-mt-22 scroll-mb-6"
              style={{ left: box.left, top: box.top, width: box.width, height: box.height }}
            >
              {renderTile(box.index, box.index === currentIndex ? 0 : -1)}
            </li>
          );
        });
      })}
    </ul>
  );
}
