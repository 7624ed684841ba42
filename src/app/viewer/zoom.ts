/** The geometry of zooming and panning a picture in a frame; lengths in CSS pixels. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** From the frame's centre. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface View {
  /** 1 where the whole picture fits. */
  readonly scale: number;
  /** How far the picture's centre is moved from the frame's. */
  readonly offset: Point;
}

export const fitted: View = { scale: 1, offset: { x: 0, y: 0 } };

export const maxScale = 12;

/** The largest size of the picture's shape that fits the frame; never larger than `natural`. */
export function fittedSize(natural: Size, frame: Size): Size {
  if (natural.width <= 0 || natural.height <= 0) return { width: 0, height: 0 };
  const ratio = Math.min(frame.width / natural.width, frame.height / natural.height, 1);
  return { width: natural.width * ratio, height: natural.height * ratio };
}

/** Keeps the scale within bounds and the picture from leaving the frame. */
export function clampView({ scale, offset }: View, content: Size, frame: Size): View {
  const bounded = Math.min(Math.max(scale, 1), maxScale);
  const reach = (inner: number, outer: number) => Math.max(0, (inner * bounded - outer) / 2);
  const limit = (value: number, most: number) => Math.min(Math.max(value, -most), most);
  return {
    scale: bounded,
    offset: {
      x: limit(offset.x, reach(content.width, frame.width)),
      y: limit(offset.y, reach(content.height, frame.height)),
    },
  };
}

/** Moves the picture as far as the bounds allow. */
export function panBy({ scale, offset }: View, by: Point, content: Size, frame: Size): View {
  return clampView({ scale, offset: { x: offset.x + by.x, y: offset.y + by.y } }, content, frame);
}

/** Zooms by `factor`; what lies under `anchor` stays there as far as the bounds allow. */
export function zoomAt(
  view: View,
  factor: number,
  anchor: Point,
  content: Size,
  frame: Size,
): View {
  const scale = Math.min(Math.max(view.scale * factor, 1), maxScale);
  const grown = scale / view.scale;
  const offset = {
    x: anchor.x - (anchor.x - view.offset.x) * grown,
    y: anchor.y - (anchor.y - view.offset.y) * grown,
  };
  return clampView({ scale, offset }, content, frame);
}
