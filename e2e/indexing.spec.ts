import { tinyModel } from './support/app-page.ts';
import { manyPhotos } from './support/photos.ts';
import { expect, test } from './support/test.ts';

/** More than a fast machine takes in before somebody has pressed a button. */
const count = 100;

test('indexing pauses, and goes on where it was after a reload', async ({ app, page }) => {
  await app.open({ model: tinyModel });
  await app.photoInput.setInputFiles(manyPhotos(count));
  await expect(app.indexing).toHaveAttribute('data-state', 'running');
  await app.pause();
  await expect(app.indexing).toHaveAttribute('data-total', String(count));

  await page.reload();
  await app.ready();
  await expect(app.indexing).toHaveAttribute('data-state', 'paused');
  await expect(app.indexing).toHaveAttribute('data-total', String(count));
  const kept = Number(await app.indexing.getAttribute('data-done'));
  expect(kept, 'the pause came before the end').toBeLessThan(count);

  await page.getByRole('button', { name: 'Resume' }).click();
  await app.indexed(count);
});

test('a reload in the middle of indexing loses nothing', async ({ app, page }) => {
  await app.open({ model: tinyModel });
  await app.photoInput.setInputFiles(manyPhotos(count));
  await expect(app.indexing).toHaveAttribute('data-total', String(count));
  await expect(app.indexing).toHaveAttribute('data-done', /^[1-9]/);
  await page.reload();
  await app.ready();
  await app.indexed(count);
});

test('cancelled indexing keeps what is done and drops the rest', async ({ app, page }) => {
  await app.open({ model: tinyModel });
  await app.photoInput.setInputFiles(manyPhotos(count));
  await expect(app.indexing).toHaveAttribute('data-done', /^[1-9]/);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Stop' }).click();
  await expect(app.indexing).toHaveAttribute('data-state', 'idle');
  const kept = await app.indexing.getAttribute('data-total');
  expect(Number(kept)).toBeLessThan(count);
  await page.reload();
  await app.ready();
  await app.indexed(Number(kept));
});
