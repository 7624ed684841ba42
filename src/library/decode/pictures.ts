/** From a decoded photo: the model's square, the thumbnail and the preview. */
import type { ModelPixels } from '../../model/encoding';
import { PillowResizer } from '../../model/preprocess';

/** Longer side of a thumbnail, in pixels. */
export const thumbnailSide = 320;
/** Longer side of the picture that is kept of a large photo, in pixels. */
export const previewSide = 1600;
/** Pixels of a strip, so that a strip takes 4 MB whatever the photo's width. */
const stripPixels = 1 << 20;

function canvasOf(width: number, height: number) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('The browser gives no 2D canvas.');
  return { canvas, context };
}

/**
 * The photo squashed to `size` × `size` as Pillow does it, transparent parts over white. The bitmap
 * is read in strips, so that no second full-size copy of it comes to be.
 */
export function modelPixels(bitmap: ImageBitmap, size: number): ModelPixels {
  const { width, height } = bitmap;
  const stripRows = Math.min(height, Math.max(1, Math.floor(stripPixels / width)));
  const { context } = canvasOf(width, stripRows);
  context.fillStyle = '#fff';
  const resizer = new PillowResizer(width, height, size);
  for (let top = 0; top < height; top += stripRows) {
    const rows = Math.min(stripRows, height - top);
    context.fillRect(0, 0, width, rows);
    context.drawImage(bitmap, 0, top, width, rows, 0, 0, width, rows);
    resizer.pushRows(context.getImageData(0, 0, width, rows).data, rows);
  }
  return resizer.finish();
}

/** The photo as a JPEG whose longer side has at most `side` pixels, transparent parts over white. */
export async function reducedJpeg(
  bitmap: ImageBitmap,
  side: number,
  quality: number,
): Promise<Blob> {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const { canvas, context } = canvasOf(width, height);
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, width, height);
  return await canvas.convertToBlob({ type: 'image/jpeg', quality });
}
