import { expect, test } from 'vitest';
import { cameraName, parseExifDate, readExif } from './exif';

test('an EXIF date with its offset is a moment', () => {
  expect(parseExifDate('2023:01:02 03:04:05', '+08:00')).toBe(Date.UTC(2023, 0, 1, 19, 4, 5));
});

test('without an offset it is in the time of this place', () => {
  expect(parseExifDate('2023:01:02 03:04:05')).toBe(new Date(2023, 0, 2, 3, 4, 5).getTime());
});

test.each(['', '0000:00:00 00:00:00', '    :  :     :  :  ', '2023-01-02', '2023:13:02 03:04:05'])(
  '%j is no date',
  (date) => {
    expect(parseExifDate(date)).toBeUndefined();
  },
);

test.each([
  ['Canon', 'Canon EOS R5', 'Canon EOS R5'],
  ['SONY ', 'ILCE-7M3', 'SONY ILCE-7M3'],
  [undefined, 'Pixel 8', 'Pixel 8'],
  ['Apple', undefined, 'Apple'],
  [undefined, undefined, undefined],
])('make %j and model %j are camera %j', (make, model, name) => {
  expect(cameraName(make, model)).toBe(name);
});

test('a file without EXIF has no facts', () => {
  const text = new TextEncoder().encode('no picture').buffer as ArrayBuffer;
  expect(readExif(text)).toEqual({ orientation: 1, details: {} });
});
