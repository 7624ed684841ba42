/** One file to everything that the library keeps of it. Runs in a decode worker. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { imageSize } from 'image-size';
import { AppError } from '../../errors';
import type { ModelPixels } from '../../model/encoding';
import { readExif } from './exif';
import { fileKind, headerBytes, heic } from './file-kind';
import { decodeHeic } from './heic';
import { modelPixels, previewSide, reducedJpeg, thumbnailSide } from './pictures';
import type { PhotoIdentity, PreparedPhoto } from './protocol';
import { turned, withoutExif } from './webp-orientation';

/** Files of up to this size are kept as they are; of larger ones a preview is kept. */
const keepOriginalBytes = 1 << 20;
/** A file is read as a whole for its hash; decoding takes up to 12 bytes a pixel in Chromium. */
const limits = { megabytes: 256, megapixels: 128 };

const thumbnailQuality = 0.8;
const previewQuality = 0.88;

async function readBytes(blob: Blob): Promise<ArrayBuffer> {
  try {
    return await blob.arrayBuffer();
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'NotFoundError') {
      throw new AppError('source-gone', 'The file is no longer where it was.', {}, { cause });
    }
    throw new AppError('file-unreadable', 'The file cannot be read.', {}, { cause });
  }
}

/** Pixels by the file's header, before anything is decoded; null where the header is not understood. */
function megapixelsOf(bytes: ArrayBuffer): number | null {
  try {
    const { width, height } = imageSize(new Uint8Array(bytes));
    return (width * height) / 1e6;
  } catch {
    // Damaged or unusual headers are the decoder's to judge.
    return null;
  }
}

/**
 * Reads a file, says what it is and hashes its content.
 *
 * Throws `file-empty`, `file-unreadable`, `file-not-a-photo`, `photo-unsupported`, `photo-too-large`.
 */
export async function identify(file: Blob): Promise<PhotoIdentity> {
  if (file.size === 0) throw new AppError('file-empty', 'The file is empty.');
  const kind = fileKind(new Uint8Array(await readBytes(file.slice(0, headerBytes))));
  if (kind.kind === 'other') {
    throw new AppError('file-not-a-photo', 'The content of the file is no picture.');
  }
  if (kind.kind === 'unsupported') {
    const { format } = kind;
    throw new AppError('photo-unsupported', `${format} pictures cannot be read yet.`, { format });
  }
  const megabytes = Math.ceil(file.size / 1e6);
  if (megabytes > limits.megabytes) {
    throw new AppError(
      'photo-too-large',
      `The file has ${megabytes} MB, the limit is ${limits.megabytes} MB.`,
      { size: megabytes, limit: limits.megabytes, unit: 'MB' },
    );
  }
  const bytes = await readBytes(file);
  const megapixels = megapixelsOf(bytes);
  if (megapixels !== null && megapixels > limits.megapixels) {
    const size = Math.ceil(megapixels);
    throw new AppError(
      'photo-too-large',
      `The photo has ${size} megapixels, the limit is ${limits.megapixels}.`,
      { size, limit: limits.megapixels, unit: 'MP' },
    );
  }
  return {
    id: bytesToHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))),
    type: kind.type,
    megapixels: megapixels ?? 0,
  };
}

/** Upright pixels as they are in the file: colour profiles are left unapplied, as in Pillow. */
async function decodeBitmap(blob: Blob): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(blob, {
      colorSpaceConversion: 'none',
      imageOrientation: 'from-image',
    });
  } catch (cause) {
    const kind = fileKind(new Uint8Array(await readBytes(blob.slice(0, headerBytes))));
    if (kind.kind === 'photo' && kind.type === heic) return await decodeHeic(await readBytes(blob));
    throw new AppError('photo-broken', 'The photo is damaged or incomplete.', {}, { cause });
  }
}

/** Browsers do not honour the EXIF turn of WebP. */
function turnedByHand(type: string, orientation: number): boolean {
  return type === 'image/webp' && orientation !== 1;
}

/**
 * Decodes a photo that {@link identify} accepted. Throws `photo-broken`, `file-unreadable`.
 *
 * @param modelSize side of the model's square, null where none is needed.
 */
export async function prepare(
  file: Blob,
  type: string,
  modelSize: number | null,
): Promise<PreparedPhoto> {
  const bytes = await readBytes(file);
  const { takenAt, orientation, details } = readExif(bytes);
  const original = new Blob([bytes], { type });
  const byHand = turnedByHand(type, orientation);
  const bitmap = byHand
    ? turned(await decodeBitmap(withoutExif(bytes)), orientation)
    : await decodeBitmap(original);
  try {
    const showable = type !== heic && !byHand;
    const keep = showable && bytes.byteLength <= keepOriginalBytes;
    return {
      width: bitmap.width,
      height: bitmap.height,
      details,
      ...(takenAt === undefined ? {} : { takenAt }),
      thumbnail: await (await reducedJpeg(bitmap, thumbnailSide, thumbnailQuality)).arrayBuffer(),
      picture: {
        blob: keep ? original : await reducedJpeg(bitmap, previewSide, previewQuality),
        original: keep,
        showable,
      },
      ...(modelSize === null ? {} : { pixels: modelPixels(bitmap, modelSize) }),
    };
  } finally {
    bitmap.close();
  }
}

/** Only the model's square, of a photo that is in the library. */
export async function preparePixels(blob: Blob, modelSize: number): Promise<ModelPixels> {
  const bitmap = await decodeBitmap(blob);
  try {
    return modelPixels(bitmap, modelSize);
  } finally {
    bitmap.close();
  }
}
