/** The library in a real browser, without app and engine around it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { developmentUrl } from './support/addresses.ts';
import { manyPhotos } from './support/photos.ts';
import { expect, test } from './support/test.ts';
import { makeTripFolder } from './support/trip-folder.ts';

test.use({ baseURL: developmentUrl });

const folder = join(import.meta.dirname, 'fixtures/photos');

interface Expected {
  readonly width: number;
  readonly height: number;
  /** 16 × 16 RGB, base64. */
  readonly square: string;
}

const expected: Readonly<Record<string, Expected>> = JSON.parse(
  readFileSync(join(folder, 'expected.json'), 'utf8'),
);

async function open(page: Page): Promise<void> {
  await page.goto('e2e/harness/library.html');
  await page.waitForFunction(() => 'libraryHarness' in window);
}

test.beforeEach(({ page }) => open(page));

test('every kind of photo is decoded as Pillow does it, whichever way it is turned', async ({
  page,
}) => {
  const names = Object.keys(expected);
  await page.getByTestId('files').setInputFiles(names.map((name) => join(folder, name)));
  const decoded = await page.evaluate(async () => {
    const input = document.querySelector<HTMLInputElement>('[data-testid=files]');
    const { DecodePool } = window.libraryHarness;
    const pool = new DecodePool();
    const all = [...(input?.files ?? [])].map(async (file) => {
      const { width, height, pixels } = await pool.prepare(file, await pool.identify(file), 16);
      return { name: file.name, width, height, square: Array.from(pixels?.data ?? []) };
    });
    return await Promise.all(all);
  });
  expect(decoded).toHaveLength(names.length);
  for (const { name, width, height, square } of decoded) {
    const truth = expected[name];
    expect([name, width, height]).toEqual([name, truth?.width, truth?.height]);
    const wanted = Buffer.from(truth?.square ?? '', 'base64');
    const greatest = Math.max(...square.map((value, i) => Math.abs(value - (wanted[i] ?? 999))));
    // Decoders of lossy formats round differently, and so does blending with white.
    const lossless = /\.(?:webp|gif|bmp)$|turned.*\.png$/.test(name);
    expect(greatest, name).toBeLessThanOrEqual(lossless ? 0 : 3);
  }
});

test('a photo knows when, where and with what it was taken', async ({ page }) => {
  await page.getByTestId('files').setInputFiles(join(folder, 'camera.jpg'));
  const facts = await page.evaluate(async () => {
    const input = document.querySelector<HTMLInputElement>('[data-testid=files]');
    const file = input?.files?.[0] ?? new File([], '');
    const { takenAt, details } = await window.libraryHarness.prepare(file, 'image/jpeg', 16);
    return { takenAt, details };
  });
  expect(facts).toEqual({
    takenAt: Date.UTC(2023, 0, 1, 19, 4, 5),
    details: {
      camera: 'Canon EOS R5',
      lens: 'RF 50mm F1.2 L USM',
      exposure: '1/250 s · f/2.8 · ISO 400 · 50 mm',
      latitude: 40.5,
      longitude: -73.25,
    },
  });
});

test('files that cannot be decoded say why', async ({ page }) => {
  const photo = readFileSync(join(folder, 'camera.jpg'));
  const heic = readFileSync(join(folder, 'turned-1.heic'));
  const header = (text: string) => Buffer.from(text.padEnd(64, '\0'), 'latin1');
  const bomb = readFileSync(join(folder, 'turned-1.png'));
  // The header of a PNG of 100,000 × 100,000 pixels.
  bomb.writeUInt32BE(100_000, 16);
  bomb.writeUInt32BE(100_000, 20);
  const mimeType = 'image/jpeg';
  await page.getByTestId('files').setInputFiles([
    { name: 'half.jpg', mimeType, buffer: photo.subarray(0, photo.length / 2) },
    { name: 'text.jpg', mimeType, buffer: Buffer.from('No picture at all.') },
    { name: 'empty.jpg', mimeType, buffer: Buffer.alloc(0) },
    { name: 'scan.jpg', mimeType, buffer: header('II*\0\x08\0\0\0') },
    { name: 'half.heic', mimeType, buffer: heic.subarray(0, heic.length / 2) },
    { name: 'bomb.jpg', mimeType, buffer: bomb },
    { name: 'film.jpg', mimeType, buffer: header('\0\0\0\x18ftypmp42\0\0\0\0isommp42') },
  ]);
  const failures = await page.evaluate(async () => {
    const input = document.querySelector<HTMLInputElement>('[data-testid=files]');
    const { createLibrary, encoder, photosFromFiles, until } = window.libraryHarness;
    const library = await createLibrary();
    library.setEncoder(encoder('statistics@1'));
    await library.add(photosFromFiles(input?.files ?? []));
    await until(library, 'idle');
    return library.failures().map(({ path, error }) => [path, error.code]);
  });
  expect(Object.fromEntries(failures)).toEqual({
    'half.jpg': 'photo-broken',
    'text.jpg': 'file-not-a-photo',
    'empty.jpg': 'file-empty',
    'scan.jpg': 'photo-unsupported',
    'half.heic': 'photo-broken',
    'bomb.jpg': 'photo-too-large',
    'film.jpg': 'file-not-a-photo',
  });
});

test('of a photo that browsers do not show a JPEG is kept', async ({ page }) => {
  await page.getByTestId('files').setInputFiles(join(folder, 'turned-6.heic'));
  const kept = await page.evaluate(async () => {
    const input = document.querySelector<HTMLInputElement>('[data-testid=files]');
    const { createLibrary, encoder, photosFromFiles, until } = window.libraryHarness;
    const library = await createLibrary();
    library.setEncoder(encoder('statistics@1'));
    await library.add(photosFromFiles(input?.files ?? []));
    await until(library, 'idle');
    const [photo] = library.photos();
    if (!photo) throw new Error('no photo');
    const { blob, original } = await library.picture(photo.id);
    const { width, height } = await createImageBitmap(blob);
    return { type: photo.type, size: [photo.width, photo.height], original, width, height };
  });
  expect(kept).toEqual({
    type: 'image/heic',
    size: [60, 40],
    original: false,
    width: 60,
    height: 40,
  });
});

test('of a large photo a preview is kept, and it passes through in strips', async ({ page }) => {
  const result = await page.evaluate(async () => {
    const { createLibrary, encoder, photosFromFiles, until } = window.libraryHarness;
    const canvas = new OffscreenCanvas(8000, 6000);
    const context = canvas.getContext('2d');
    if (!context) throw new Error('no canvas');
    for (let i = 0; i < 2000; i++) {
      context.fillStyle = `hsl(${i * 7} 80% ${i % 100}%)`;
      context.fillRect((i * 397) % 8000, (i * 211) % 6000, 900, 700);
    }
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 1 });
    const library = await createLibrary();
    library.setEncoder(encoder('statistics@1'));
    await library.add(photosFromFiles([new File([blob], 'large.jpg')]));
    await until(library, 'idle');
    const [photo] = library.photos();
    if (!photo) throw new Error('no photo');
    const picture = await library.picture(photo.id);
    const { width, height } = await createImageBitmap(picture.blob);
    const thumbnail = await createImageBitmap(await library.thumbnail(photo.id));
    return {
      bytes: blob.size,
      photo: [photo.width, photo.height],
      picture: [width, height, picture.original],
      thumbnail: [thumbnail.width, thumbnail.height],
    };
  });
  expect(result.bytes).toBeGreaterThan(1 << 20);
  expect(result.photo).toEqual([8000, 6000]);
  expect(result.picture).toEqual([1600, 1200, false]);
  expect(result.thumbnail).toEqual([320, 240]);
});

test('a reload in the middle of indexing does nothing twice', async ({ page }) => {
  const count = 120;
  await page.getByTestId('files').setInputFiles(manyPhotos(count));
  await page.evaluate(async () => {
    const input = document.querySelector<HTMLInputElement>('[data-testid=files]');
    const { createLibrary, encoder, photosFromFiles } = window.libraryHarness;
    const library = await createLibrary();
    library.setEncoder(encoder('statistics@1', 20));
    await library.add(photosFromFiles(input?.files ?? []));
    await new Promise<void>((resolve) => {
      library.subscribe(() => {
        if (library.indexing().done >= 20) resolve();
      });
    });
  });
  await page.reload();
  await page.waitForFunction(() => 'libraryHarness' in window);
  const result = await page.evaluate(async () => {
    const { createLibrary, encoder, until } = window.libraryHarness;
    const library = await createLibrary();
    const { done: kept, total } = library.indexing();
    const second = encoder('statistics@1');
    library.setEncoder(second);
    const { done } = await until(library, 'idle');
    return { kept, total, done, encoded: second.encoded, photos: library.photos().length };
  });
  expect(result).toMatchObject({ total: count, done: count, photos: count });
  expect(result.kept).toBeGreaterThanOrEqual(20);
  expect(result.encoded).toBe(count - result.kept);
});

test('a folder that is opened by its handle is indexed after a reload once it is allowed', async ({
  page,
}) => {
  await makeTripFolder(page, 3);
  await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const trip = await root.getDirectoryHandle('trip');
    await trip.getFileHandle('.hidden', { create: true });
    // The page ends before it gets to read them.
    FileSystemHandle.prototype.queryPermission = async () => 'prompt';
    const { createLibrary, photosFromFolder } = window.libraryHarness;
    const library = await createLibrary();
    await library.add(photosFromFolder(trip));
  });
  await page.reload();
  await page.waitForFunction(() => 'libraryHarness' in window);
  const result = await page.evaluate(async () => {
    // The browser's own files need no permission, files of the disk do: the same, played.
    let permission: PermissionState = 'prompt';
    const asked: string[] = [];
    FileSystemHandle.prototype.queryPermission = async () => permission;
    FileSystemHandle.prototype.requestPermission = async function () {
      asked.push(this.name);
      permission = 'granted';
      return permission;
    };
    const { createLibrary, encoder, until } = window.libraryHarness;
    const library = await createLibrary();
    library.setEncoder(encoder('statistics@1'));
    const before = await until(library, 'failed');
    library.resume();
    const after = await until(library, 'idle');
    const [photo] = library.photos();
    permission = 'prompt';
    const allowed = photo && (await library.requestOriginal(photo.id));
    const paths = library.photos().flatMap((each) => each.paths);
    return { before, code: before.error?.code, after, asked, allowed, paths: paths.sort() };
  });
  expect(result.before).toMatchObject({ status: 'failed', done: 0, total: 3 });
  expect(result.code).toBe('permission-denied');
  expect(result.after).toMatchObject({ status: 'idle', done: 3, total: 3, failed: 0 });
  expect(result.asked).toEqual(['trip', 'trip']);
  expect(result.allowed).toBe(true);
  expect(result.paths).toEqual(['trip/day/0.jpg', 'trip/day/1.jpg', 'trip/day/2.jpg']);
});

test('a second tab sees what the first one indexes, and does not do it again', async ({
  context,
  page,
}) => {
  const second = await context.newPage();
  await open(second);
  await second.evaluate(async () => {
    const { createLibrary, encoder } = window.libraryHarness;
    const library = await createLibrary();
    const own = encoder('statistics@1');
    library.setEncoder(own);
    Object.assign(window, { library, own });
  });
  await page.getByTestId('files').setInputFiles(manyPhotos(30));
  const first = await page.evaluate(async () => {
    const input = document.querySelector<HTMLInputElement>('[data-testid=files]');
    const { createLibrary, encoder, photosFromFiles, until } = window.libraryHarness;
    const library = await createLibrary();
    const own = encoder('statistics@1', 5);
    library.setEncoder(own);
    await library.add(photosFromFiles(input?.files ?? []));
    await until(library, 'idle');
    return { encoded: own.encoded, photos: library.photos().length };
  });
  expect(first.photos).toBe(30);
  const other = () =>
    second.evaluate(() => {
      const { library, own } = window as unknown as {
        library: Awaited<ReturnType<typeof window.libraryHarness.createLibrary>>;
        own: { encoded: number };
      };
      return { photos: library.photos().length, encoded: own.encoded };
    });
  await expect.poll(async () => (await other()).photos).toBe(30);
  expect(first.encoded + (await other()).encoded).toBe(30);
});

test('files and folders that are dropped come with their paths', async ({ page }, testInfo) => {
  const trip = testInfo.outputPath('trip');
  mkdirSync(join(trip, 'day'), { recursive: true });
  for (const name of ['a.jpg', '.hidden', 'day/b.jpg']) writeFileSync(join(trip, name), 'x');
  const loose = testInfo.outputPath('loose.jpg');
  writeFileSync(loose, 'x');
  const paths = page.evaluate(
    () =>
      new Promise<string[]>((resolve) => {
        document.addEventListener('dragover', (event) => event.preventDefault());
        document.addEventListener('drop', async (event) => {
          event.preventDefault();
          if (!event.dataTransfer) return;
          const found: string[] = [];
          const items = window.libraryHarness.photosFromTransfer(event.dataTransfer);
          for await (const { path } of items) found.push(path);
          resolve(found.sort());
        });
      }),
  );
  const browser = await page.context().newCDPSession(page);
  const data = { items: [], files: [trip, loose], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await browser.send('Input.dispatchDragEvent', { type, x: 20, y: 20, data });
  }
  expect(await paths).toEqual(['loose.jpg', 'trip/a.jpg', 'trip/day/b.jpg']);
});

test('pasted pictures are told apart by the time', async ({ page }) => {
  const paths = await page.evaluate(async () => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(['x'], 'image.png', { lastModified: Date.UTC(2024, 4, 31) }));
    transfer.items.add(new File(['x'], 'named.png'));
    transfer.items.add('text', 'text/plain');
    const found: string[] = [];
    for await (const { path } of window.libraryHarness.photosFromTransfer(transfer)) {
      found.push(path);
    }
    return found;
  });
  expect(paths).toEqual(['pasted 2024-05-31T00-00-00.png', 'named.png']);
});
