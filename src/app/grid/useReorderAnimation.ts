import { type RefObject, useLayoutEffect, useRef } from 'react';

export interface Place {
  readonly left: number;
  readonly top: number;
}

/** Milliseconds; shorter than the ranker takes for a batch, so that one move ends before the next. */
const duration = 320;
const easing = 'cubic-bezier(0.2, 0.7, 0.2, 1)';

/**
 * Lets tiles and headings glide from where they were to where they are now. The animations add up
 * (`composite: 'add'`), so that a re-order that comes while they are still moving bends their way
 * instead of making them jump. A heading that is new fades in once the tiles have made room.
 *
 * @param places where each element with that `data-place` lies
 */
export function useReorderAnimation(
  container: RefObject<HTMLElement | null>,
  places: ReadonlyMap<string, Place>,
  enabled: boolean,
): void {
  const before = useRef<ReadonlyMap<string, Place>>(new Map());
  useLayoutEffect(() => {
    const old = before.current;
    before.current = places;
    if (!enabled || old === places || old.size === 0 || !container.current) return;
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    for (const element of container.current.querySelectorAll<HTMLElement>('[data-place]')) {
      const key = element.dataset.place ?? '';
      const from = old.get(key);
      const to = places.get(key);
      if (!from && element.dataset.tile === undefined) {
        element.animate([{ opacity: 0 }, { opacity: 1 }], {
          duration: duration / 2,
          delay: duration / 2,
          fill: 'backwards',
        });
      }
      if (!from || !to || (from.left === to.left && from.top === to.top)) continue;
      const offset = `translate(${from.left - to.left}px, ${from.top - to.top}px)`;
      element.animate([{ transform: offset }, { transform: 'translate(0px, 0px)' }], {
        duration,
        easing,
        composite: 'add',
      });
    }
  }, [container, places, enabled]);
}
