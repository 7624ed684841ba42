import type { Page } from '@playwright/test';
import { manyPhotos } from './photos.ts';

/** Makes `trip/day/0.jpg` and so on in the browser's own file system, whose handles are like a disk's. */
export async function makeTripFolder(page: Page, count: number): Promise<void> {
  const photos = manyPhotos(count).map(({ buffer }) => [...buffer]);
  await page.evaluate(async (contents) => {
    const root = await navigator.storage.getDirectory();
    const trip = await root.getDirectoryHandle('trip', { create: true });
    const day = await trip.getDirectoryHandle('day', { create: true });
    for (const [index, content] of contents.entries()) {
      const file = await day.getFileHandle(`${index}.jpg`, { create: true });
      const writable = await file.createWritable();
      await writable.write(new Uint8Array(content));
      await writable.close();
    }
  }, photos);
}
