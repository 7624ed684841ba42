import { type PointerEvent, type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import { fitted, type Point, panBy, type Size, type View, zoomAt } from './zoom';

/** Pixels that a finger travels before it is a swipe. */
const swipeDistance = 56;
const doubleTapScale = 2.5;

interface ZoomGestureOptions {
  readonly frame: RefObject<HTMLElement | null>;
  /** The picture's size when it fits. */
  readonly content: Size;
  readonly onSwipe: (by: 1 | -1) => void;
}

export interface ZoomGestures {
  readonly view: View;
  /** Zooms about the centre. */
  zoomBy(factor: number): void;
  /** Moves the picture where it is zoomed. */
  panBy(x: number, y: number): void;
  reset(): void;
  readonly handlers: {
    onPointerDown(event: PointerEvent): void;
    onPointerMove(event: PointerEvent): void;
    onPointerUp(event: PointerEvent): void;
    onPointerCancel(event: PointerEvent): void;
    onDoubleClick(event: { clientX: number; clientY: number }): void;
  };
}

/** Wheel, pinch, drag and double click on a picture; a swipe where it is not zoomed. */
export function useZoomGestures({ frame, content, onSwipe }: ZoomGestureOptions): ZoomGestures {
  const [view, setView] = useState<View>(fitted);
  const pointers = useRef(new Map<number, Point>());
  const swipe = useRef<{ readonly start: Point; readonly pointer: number } | null>(null);

  const frameSize = useCallback((): Size => {
    const element = frame.current;
    return { width: element?.clientWidth ?? 0, height: element?.clientHeight ?? 0 };
  }, [frame]);

  const fromCentre = useCallback(
    (x: number, y: number): Point => {
      const box = frame.current?.getBoundingClientRect();
      if (!box) return { x: 0, y: 0 };
      return { x: x - box.left - box.width / 2, y: y - box.top - box.height / 2 };
    },
    [frame],
  );

  const zoom = useCallback(
    (factor: number, anchor: Point) =>
      setView((current) => zoomAt(current, factor, anchor, content, frameSize())),
    [content, frameSize],
  );

  function pan(x: number, y: number): void {
    setView((current) =>
      current.scale === 1 ? current : panBy(current, { x, y }, content, frameSize()),
    );
  }

  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    // React listens passively, which would let the page zoom too.
    function onWheel(event: WheelEvent): void {
      event.preventDefault();
      const pixels =
        event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 16 : event.deltaY;
      zoom(
        Math.exp(-pixels / (event.ctrlKey ? 120 : 400)),
        fromCentre(event.clientX, event.clientY),
      );
    }
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [frame, fromCentre, zoom]);

  function onPointerDown(event: PointerEvent): void {
    if (event.pointerType === 'mouse' && event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const point = fromCentre(event.clientX, event.clientY);
    pointers.current.set(event.pointerId, point);
    swipe.current =
      pointers.current.size === 1 && view.scale === 1
        ? { start: point, pointer: event.pointerId }
        : null;
  }

  function onPointerMove(event: PointerEvent): void {
    const before = pointers.current.get(event.pointerId);
    if (!before) return;
    const now = fromCentre(event.clientX, event.clientY);
    const other = [...pointers.current].find(([id]) => id !== event.pointerId)?.[1];
    pointers.current.set(event.pointerId, now);
    if (other) {
      const distance = (point: Point) => Math.hypot(point.x - other.x, point.y - other.y);
      zoom(distance(now) / Math.max(1, distance(before)), {
        x: (now.x + other.x) / 2,
        y: (now.y + other.y) / 2,
      });
      return;
    }
    pan(now.x - before.x, now.y - before.y);
  }

  function onPointerUp(event: PointerEvent): void {
    const end = pointers.current.get(event.pointerId);
    pointers.current.delete(event.pointerId);
    const started = swipe.current;
    swipe.current = null;
    if (!end || started?.pointer !== event.pointerId || event.pointerType === 'mouse') return;
    const x = end.x - started.start.x;
    const y = end.y - started.start.y;
    if (Math.abs(x) > swipeDistance && Math.abs(x) > Math.abs(y)) onSwipe(x < 0 ? 1 : -1);
  }

  function onPointerCancel(event: PointerEvent): void {
    pointers.current.delete(event.pointerId);
    swipe.current = null;
  }

  return {
    view,
    zoomBy: (factor) => zoom(factor, { x: 0, y: 0 }),
    panBy: pan,
    reset: () => setView(fitted),
    handlers: {
      onPointerDown,
      onPointerMove,
      onPointerUp,
      onPointerCancel,
      onDoubleClick: ({ clientX, clientY }) =>
        view.scale > 1 ? setView(fitted) : zoom(doubleTapScale, fromCentre(clientX, clientY)),
    },
  };
}
