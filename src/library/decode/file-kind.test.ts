import { expect, test } from 'vitest';
import { fileKind } from './file-kind';

function bytes(text: string): Uint8Array {
  return Uint8Array.from(text.padEnd(64, '\0'), (character) => character.charCodeAt(0));
}

const bitmapHeader = `BM\x36\x10\x0e\0\0\0\0\0\x36\0\0\0\x28\0\0\0`;

test.each([
  ['\xff\xd8\xff\xe0', 'image/jpeg'],
  ['\x89PNG\r\n\x1a\n', 'image/png'],
  ['GIF87a', 'image/gif'],
  ['GIF89a', 'image/gif'],
  ['RIFF\x24\0\0\0WEBPVP8L', 'image/webp'],
  ['\0\0\0\x20ftypavif\0\0\0\0avifmif1miaf', 'image/avif'],
  ['\0\0\0\x20ftypmif1\0\0\0\0mif1avifmiaf', 'image/avif'],
  ['\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'image/heic'],
  ['\0\0\0\x18ftypmif1\0\0\0\0mif1heic', 'image/heic'],
  [bitmapHeader, 'image/bmp'],
])('%j is %s', (header, type) => {
  expect(fileKind(bytes(header))).toEqual({ kind: 'photo', type });
});

test.each([
  ['\0\0\0\x18ftyphevc\0\0\0\0mif1heic', 'HEIC sequence'],
  ['II*\0\x08\0\0\0', 'TIFF'],
  ['\xff\x0a', 'JPEG XL'],
])('%j is %s, which cannot be decoded', (header, format) => {
  expect(fileKind(bytes(header))).toEqual({ kind: 'unsupported', format });
});

test.each([
  'Just a few words.',
  'BMX bikes of 1987 and their riders',
  'RIFF\x24\0\0\0WAVEfmt ',
  '\0\0\0\x18ftypmp42\0\0\0\0isommp42',
])('%j is no picture', (header) => {
  expect(fileKind(bytes(header))).toEqual({ kind: 'other' });
});

test('a file shorter than the header is judged by what there is', () => {
  expect(fileKind(new Uint8Array([0xff, 0xd8]))).toEqual({ kind: 'other' });
  expect(fileKind(new Uint8Array())).toEqual({ kind: 'other' });
});
