import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { tinyModel } from './support/app-page.ts';
import { jpeg, samples } from './support/photos.ts';
import { expect, test } from './support/test.ts';

test.beforeEach(async ({ app }) => {
  await app.open({ model: tinyModel });
});

test('what is no photo is listed with its reason, and the rest is taken in', async ({
  app,
  page,
}) => {
  const [cat = '', coffee = ''] = samples('cat.jpg', 'coffee.jpg');
  const whole = readFileSync(cat);
  await app.photoInput.setInputFiles([
    jpeg('cut-off.jpg', whole.subarray(0, 400)),
    jpeg('letter.jpg', Buffer.from('Dear reader, this is no picture.')),
    jpeg('empty.jpg', Buffer.alloc(0)),
    jpeg('cat.jpg', whole),
    jpeg('coffee.jpg', readFileSync(coffee)),
  ]);
  await app.indexed(2, 3);

  await page.getByRole('button', { name: '3 files could not be added' }).click();
  const reasons = app.indexing.getByRole('listitem');
  await expect(reasons.filter({ hasText: 'letter.jpg' })).toContainText(/picture|photo/i);
  await expect(reasons.filter({ hasText: 'empty.jpg' })).toContainText(/empty/i);
  await expect(reasons.filter({ hasText: 'cut-off.jpg' })).toBeVisible();

  await test.step('a file that fails again is not said to be there already', async () => {
    await app.photoInput.setInputFiles([jpeg('empty.jpg', Buffer.alloc(0))]);
    await expect(page.getByText('1 file received')).toBeVisible();
    await app.indexed(2, 3);
    await expect(page.getByText('It was in the library already')).toBeHidden();
    await app.photoInput.setInputFiles([jpeg('cat.jpg', whole)]);
    await expect(page.getByText('It was in the library already')).toBeVisible();
  });

  await test.step('the list survives a reload, and can be cleared', async () => {
    await page.reload();
    await app.ready();
    await app.indexed(2, 3);
    await page.getByRole('button', { name: '3 files could not be added' }).click();
    await page.getByRole('button', { name: 'Clear the list' }).click();
    await app.indexed(2, 0);
  });
});

test('the same photo under two names is one photo', async ({ app, page }) => {
  const photo = readFileSync(samples('cat.jpg')[0] ?? '');
  await app.photoInput.setInputFiles([jpeg('one.jpg', photo), jpeg('two.jpg', photo)]);
  await app.indexed(1);
  await app.photoInput.setInputFiles([jpeg('three.jpg', photo)]);
  await app.indexed(1);
  await expect(page.getByRole('main').locator('[data-tile]')).toHaveCount(1);
});

test('a folder is taken in with the paths inside it', async ({ app }, testInfo) => {
  const folder = testInfo.outputPath('holiday');
  mkdirSync(join(folder, 'peking'), { recursive: true });
  for (const photo of samples('great-wall.jpg', 'summer-palace.jpg')) {
    cpSync(photo, join(folder, 'peking', basename(photo)));
  }
  cpSync(samples('cat.jpg')[0] ?? '', join(folder, 'cat.jpg'));
  await app.folderInput.setInputFiles(folder);
  await app.indexed(3);
  const paths = (await app.search('a wall')).map(({ photo }) => photo).sort();
  expect(paths).toEqual([
    'holiday/cat.jpg',
    'holiday/peking/great-wall.jpg',
    'holiday/peking/summer-palace.jpg',
  ]);
});

test('an empty folder is said to be empty', async ({ app, page }) => {
  await page.evaluate(async () => {
    const storage = await navigator.storage.getDirectory();
    const folder = await storage.getDirectoryHandle('empty', { create: true });
    window.showDirectoryPicker = async () => folder;
  });
  await page.getByRole('button', { name: 'Choose a folder' }).click();
  await expect(page.getByText('No photos found there.')).toBeVisible();
  await app.indexed(0);
});

test('photos are removed, and stay removed', async ({ app, page }) => {
  await app.photoInput.setInputFiles(samples('cat.jpg', 'coffee.jpg'));
  await app.indexed(2);
  await page.getByRole('button', { name: 'Select', exact: true }).click();
  await page.getByRole('checkbox', { name: /cat\.jpg/ }).click();
  await page.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
  await app.indexed(1);
  await page.reload();
  await app.ready();
  await app.indexed(1);
  expect((await app.search('a cat')).map(({ photo }) => photo)).toEqual(['coffee.jpg']);
});

test('a notice stays while it is pointed at', async ({ app, page }) => {
  await page.clock.install();
  // The clock is that of the whole visit: timers of before would go on by the other one.
  await page.reload();
  await app.ready();
  await app.photoInput.setInputFiles(samples('cat.jpg'));
  const notice = page.getByText('1 file received');
  await notice.hover();
  // Longer than it would stay otherwise.
  await page.clock.fastForward(7000);
  await expect(notice).toBeVisible();
  await page.mouse.move(0, 0);
  await expect(notice).toBeHidden();
});

test('what goes wrong behind a dialog is said, and put away without leaving it', async ({
  app,
  page,
}) => {
  const folder = test.info().outputPath('no photos');
  mkdirSync(folder);
  cpSync(join(import.meta.dirname, 'imports.spec.ts'), join(folder, '.DS_Store'));
  await app.folderInput.setInputFiles(folder);
  const notice = page.getByRole('alert').filter({ hasText: 'No photos found there.' });
  await expect(notice).toBeVisible();
  await app.engine.getByRole('button').click();
  const settings = page.getByRole('dialog', { name: 'Settings' });
  await expect(settings).toBeVisible();
  await notice.getByRole('button', { name: 'Dismiss' }).click();
  await expect(notice).toBeHidden();
  await expect(settings).toBeVisible();
});
