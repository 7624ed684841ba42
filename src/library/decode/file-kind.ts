/** What a file is by its first bytes; names and declared types are not trusted. */

/** Bytes that {@link fileKind} needs from the beginning of a file. */
export const headerBytes = 64;

export type FileKind =
  | { readonly kind: 'photo'; readonly type: string }
  /** A picture in a format that the library cannot decode. */
  | { readonly kind: 'unsupported'; readonly format: string }
  | { readonly kind: 'other' };

/** What iPhones take; few browsers can decode it. */
export const heic = 'image/heic';

const photo = (type: string): FileKind => ({ kind: 'photo', type });
const unsupported = (format: string): FileKind => ({ kind: 'unsupported', format });

/** Major brands of ISO base media files that hold still pictures. */
const isoBrands: Readonly<Record<string, FileKind>> = {
  avif: photo('image/avif'),
  avis: photo('image/avif'),
  heic: photo(heic),
  heix: photo(heic),
  heim: photo(heic),
  heis: photo(heic),
  hevc: unsupported('HEIC sequence'),
  hevx: unsupported('HEIC sequence'),
  msf1: unsupported('HEIF'),
  'crx ': unsupported('Canon RAW'),
};

/** Signatures as Latin-1 text, each at the beginning of the file. */
const signatures: readonly (readonly [string, FileKind])[] = [
  ['\xff\xd8\xff', photo('image/jpeg')],
  ['\x89PNG\r\n\x1a\n', photo('image/png')],
  ['GIF87a', photo('image/gif')],
  ['GIF89a', photo('image/gif')],
  ['II*\0', unsupported('TIFF')],
  ['MM\0*', unsupported('TIFF')],
  ['8BPS', unsupported('Photoshop')],
  ['\xff\x0a', unsupported('JPEG XL')],
  ['\0\0\0\x0cJXL \r\n\x87\n', unsupported('JPEG XL')],
  ['\0\0\0\x0cjP  \r\n\x87\n', unsupported('JPEG 2000')],
];

/** Reads an ISO base media file's brands, the compatible ones where the major one is generic. */
function isoKind(header: string): FileKind {
  const size = header
    .slice(0, 4)
    .split('')
    .reduce((value, byte) => value * 256 + byte.charCodeAt(0), 0);
  const brands = [header.slice(8, 12)];
  for (let at = 16; at + 4 <= Math.min(size, header.length); at += 4) {
    brands.push(header.slice(at, at + 4));
  }
  for (const brand of brands) {
    const kind = isoBrands[brand];
    if (kind) return kind;
  }
  return header.startsWith('mif1', 8) ? unsupported('HEIF') : { kind: 'other' };
}

/** "BM" alone is a weak signature: the header size that follows has few legal values. */
function isBitmap(header: string): boolean {
  const dibSizes = [12, 40, 52, 56, 64, 108, 124];
  return header.startsWith('BM') && dibSizes.includes(header.charCodeAt(14));
}

/** @param bytes the first {@link headerBytes} bytes of the file, or all of a shorter one. */
export function fileKind(bytes: Uint8Array): FileKind {
  const header = String.fromCharCode(...bytes.subarray(0, headerBytes));
  for (const [signature, kind] of signatures) {
    if (header.startsWith(signature)) return kind;
  }
  if (header.startsWith('RIFF') && header.startsWith('WEBP', 8)) return photo('image/webp');
  if (header.startsWith('ftyp', 4)) return isoKind(header);
  if (isBitmap(header)) return photo('image/bmp');
  return { kind: 'other' };
}
