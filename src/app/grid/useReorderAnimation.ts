import { type RefObject, useLayoutEffect, useRef } from 'react';
import type { PhotoId } from '../../library/library';

export interface Place {
  readonly left: number;
  readonly top: number;
}

const duration = 420;
const easing = 'cubic-bezier(0.2, 0.7, 0.2, 1)';

/**
 * Lets tiles glide from where they were to where they are now. The animations add up
 * (`composite: 'add'`), so that a re-order that comes while tiles are still moving bends
 * their way instead of making them jump.
 */
export function useReorderAnimation(
  container: RefObject<HTMLElement | null>,
  places: ReadonlyMap<PhotoId, Place>,
  enabled: boolean,
): void {
  const before = useRef<ReadonlyMap<PhotoId, Place>>(new Map());
  useLayoutEffect(() => {
    const old = before.current;
    before.current = places;
    if (!enabled || old === places || !container.current) return;
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    for (const tile of container.current.querySelectorAll<HTMLElement>('[data-tile]')) {
      const id = tile.dataset.tile ?? '';
      const from = old.get(id);
      const to = places.get(id);
      if (!from || !to || (from.left === to.left && from.top === to.top)) continue;
      const offset = `translate(${from.left - to.left}px, ${from.top - to.top}px)`;
      tile.animate([{ transform: offset }, { transform: 'translate(0px, 0px)' }], {
        duration,
        easing,
        composite: 'add',
      });
    }
  }, [container, places, enabled]);
}
