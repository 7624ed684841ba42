/**
 * The EXIF turn of WebP files. Chromium ignores it, where it honours that of JPEG, PNG and AVIF; to
 * be independent of what a browser does, the EXIF chunk is hidden from it and the turn done here.
 */

/** The file with its EXIF chunk renamed, which readers skip as unknown. */
export function withoutExif(webp: ArrayBuffer): Blob {
  const bytes = new Uint8Array(webp);
  const view = new DataView(webp);
  // A RIFF file: a 12-byte header, then chunks of name, length and content padded to even length.
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = String.fromCharCode(...bytes.subarray(at, at + 4));
    if (name === 'EXIF') return new Blob([bytes.subarray(0, at), 'JUNK', bytes.subarray(at + 4)]);
    const length = view.getUint32(at + 4, true);
    at += 8 + length + (length % 2);
  }
  return new Blob([webp]);
}

/**
 * Matrices `[a, b, c, d]` of EXIF orientations 2 to 8: a stored pixel (x, y) belongs at
 * (a x + c y, b x + d y), moved to where both are positive.
 */
const turns: Readonly<Record<number, readonly [number, number, number, number]>> = {
  2: [-1, 0, 0, 1],
  3: [-1, 0, 0, -1],
  4: [1, 0, 0, -1],
  5: [0, 1, 1, 0],
  6: [0, 1, -1, 0],
  7: [0, -1, -1, 0],
  8: [0, -1, 1, 0],
};

/** The bitmap turned by an EXIF orientation; the one that was given is closed. */
export function turned(bitmap: ImageBitmap, orientation: number): ImageBitmap {
  const turn = turns[orientation];
  if (!turn) return bitmap;
  const [a, b, c, d] = turn;
  const { width, height } = bitmap;
  const canvas = a === 0 ? new OffscreenCanvas(height, width) : new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('The browser gives no 2D canvas.');
  const left = a + c < 0 ? canvas.width : 0;
  const top = b + d < 0 ? canvas.height : 0;
  context.setTransform(a, b, c, d, left, top);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return canvas.transferToImageBitmap();
}
