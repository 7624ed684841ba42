/** HEIC where the browser has no decoder of its own: libheif, fetched when the first such photo comes. */
import wasmUrl from 'libheif-js/libheif-wasm/libheif.wasm?url';
import { AppError } from '../../errors';

/** What is used of libheif's JavaScript interface; its own types leave these two classes out. */
interface HeifImage {
  get_width(): number;
  get_height(): number;
  is_primary(): boolean;
  /** Fills in RGBA, upright: the file's own turns are applied. Null where decoding failed. */
  display(image: ImageData, done: (filled: ImageData | null) => void): void;
  free(): void;
}

interface HeifDecoder {
  /** The file's pictures; their memory is kept until the next call. */
  decode(bytes: Uint8Array): HeifImage[];
}

interface Libheif {
  readonly HeifDecoder: new () => HeifDecoder;
}

let decoder: Promise<HeifDecoder> | undefined;

async function startDecoder(): Promise<HeifDecoder> {
  try {
    const [{ default: createLibheif }, response] = await Promise.all([
      import('libheif-js/libheif-wasm/libheif.js'),
      fetch(wasmUrl),
    ]);
    if (!response.ok) throw new Error(`${wasmUrl}: ${response.status}`);
    const wasmBinary = await response.arrayBuffer();
    const { HeifDecoder } = createLibheif({ wasmBinary }) as unknown as Libheif;
    return new HeifDecoder();
  } catch (cause) {
    decoder = undefined;
    throw new AppError(
      'photo-unsupported',
      'The decoder for HEIC could not be loaded.',
      { format: 'HEIC' },
      { cause },
    );
  }
}

/**
 * Decodes the primary picture of a HEIC file, upright. The file's EXIF turn is to be ignored: HEIC
 * says by properties of its own how a picture is turned.
 *
 * Throws `photo-broken`, and `photo-unsupported` where the decoder cannot be had.
 */
export async function decodeHeic(bytes: ArrayBuffer): Promise<ImageBitmap> {
  decoder ??= startDecoder();
  const images = (await decoder).decode(new Uint8Array(bytes));
  try {
    const image = images.find((candidate) => candidate.is_primary()) ?? images[0];
    if (!image) throw broken();
    const blank = new ImageData(image.get_width(), image.get_height());
    const pixels = await new Promise<ImageData | null>((resolve) => image.display(blank, resolve));
    if (!pixels) throw broken();
    return await createImageBitmap(pixels, { colorSpaceConversion: 'none' });
  } finally {
    for (const image of images) image.free();
  }
}

function broken(): AppError {
  return new AppError('photo-broken', 'The photo is damaged or incomplete.');
}
