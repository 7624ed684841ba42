import { tinyModel } from './support/app-page.ts';
import { album, jpeg, manyPhotos, samples } from './support/photos.ts';
import { expect, test } from './support/test.ts';

test('everything can be done with the keyboard alone', async ({ app, page }) => {
  await app.open({ model: tinyModel });
  const { keyboard } = page;

  await test.step('add the sample album', async () => {
    const sample = page.getByRole('button', { name: 'Try the sample album' });
    for (let tab = 0; tab < 20; tab += 1) {
      await keyboard.press('Tab');
      if (await sample.evaluate((element) => element === document.activeElement)) break;
    }
    await expect(sample).toBeFocused();
    await keyboard.press('Enter');
    await app.indexed(album.photos.length);
  });

  await test.step('search', async () => {
    await keyboard.press('/');
    await expect(app.searchBox).toBeFocused();
    await keyboard.type('a cat');
    await app.finalResults('a cat');
  });

  const tiles = app.results.getByRole('listitem').getByRole('button');
  await test.step('walk through the results', async () => {
    for (let tab = 0; tab < 20; tab += 1) {
      await keyboard.press('Tab');
      if (await tiles.first().evaluate((element) => element === document.activeElement)) break;
    }
    await expect(tiles.first()).toBeFocused();
    await keyboard.press('ArrowRight');
    await expect(tiles.nth(1)).toBeFocused();
  });

  await test.step('look at photos', async () => {
    await keyboard.press('Enter');
    const viewer = page.getByRole('dialog');
    await expect(viewer).toHaveAccessibleName(/^Photo 2 of 24/);
    await keyboard.press('ArrowRight');
    await expect(viewer).toHaveAccessibleName(/^Photo 3 of 24/);
    await keyboard.press('Escape');
    await expect(viewer).toBeHidden();
    await expect(tiles.nth(2), 'the focus is on the photo that was seen last').toBeFocused();
  });

  await test.step('go back to all photos', async () => {
    await keyboard.press('Escape');
    await expect(app.searchBox).toHaveValue('');
    await expect(app.results).toBeHidden();
  });

  await test.step('open and close the settings', async () => {
    await keyboard.press(',');
    await expect(page.getByRole('dialog', { name: 'Settings' })).toBeVisible();
    await keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toBeHidden();
  });
});

test('the focused item of a menu is outlined', async ({ app, page }) => {
  await app.open({ model: tinyModel });
  await page.getByRole('button', { name: 'Add photos' }).press('Enter');
  await expect(page.getByRole('menuitem').first()).toBeFocused();
  await expect(page.getByRole('menuitem').first()).toHaveCSS('outline-style', 'solid');
});

test('arrows move a zoomed photo, and lead to the next one where it fits', async ({
  app,
  page,
}) => {
  await app.open({ model: tinyModel });
  await app.photoInput.setInputFiles(samples('cat.jpg', 'coffee.jpg'));
  await app.indexed(2);
  await page.getByRole('button', { name: /\.jpg/ }).first().press('Enter');
  const viewer = page.getByRole('dialog');
  await expect(viewer).toHaveAccessibleName(/^Photo 1 of 2/);
  const picture = viewer.locator('[style*="scale("]');
  const left = async () => (await picture.boundingBox())?.x ?? 0;
  const top = async () => (await picture.boundingBox())?.y ?? 0;
  for (let step = 0; step < 6; step += 1) await page.keyboard.press('+');
  const [x, y] = [await left(), await top()];
  await page.keyboard.press('ArrowRight');
  await expect.poll(left).toBeCloseTo(x - 80, 0);
  await page.keyboard.press('ArrowDown');
  await expect.poll(top).toBeCloseTo(y - 80, 0);
  await expect(viewer).toHaveAccessibleName(/^Photo 1 of 2/);

  // In the details they scroll those.
  await page.keyboard.press('i');
  await viewer.getByRole('complementary').getByRole('button').first().focus();
  const moved = await top();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  expect(await top()).toBe(moved);
  await page.keyboard.press('i');

  await page.keyboard.press('0');
  await page.keyboard.press('ArrowRight');
  await expect(viewer).toHaveAccessibleName(/^Photo 2 of 2/);
});

test('keys of one character act where they mean something, and can be turned off', async ({
  app,
  page,
}) => {
  await app.open({ model: tinyModel });
  await app.photoInput.setInputFiles(manyPhotos(1));
  await app.indexed(1);
  await app.search('a dog');
  const { keyboard } = page;
  const selection = page.getByRole('toolbar', { name: 'Select' });

  await test.step('not on the other pages', async () => {
    await page.getByRole('link', { name: 'Captions' }).first().click();
    await keyboard.press('s');
    await keyboard.press('Escape');
    await expect(app.searchBox).toHaveValue('a dog');
    await page.getByRole('link', { name: 'Photos' }).first().click();
    await expect(app.results).toBeVisible();
    await expect(selection).toBeHidden();
  });

  await test.step('with Caps Lock, too', async () => {
    await keyboard.press('S');
    await expect(selection).toBeVisible();
    await keyboard.press('Escape');
    await expect(selection).toBeHidden();
    await expect(app.searchBox).toHaveValue('a dog');
    await keyboard.press('Escape');
    await expect(app.searchBox).toHaveValue('');
  });

  await test.step('turned off, they stay so', async () => {
    await keyboard.press('?');
    const settings = page.getByRole('dialog', { name: 'Settings' });
    await settings.getByText('Shortcuts of a single character').click();
    await expect(settings.getByRole('switch')).not.toBeChecked();
    await keyboard.press('Escape');
    await expect(settings).toBeHidden();
    await page.reload();
    await app.ready();
    for (const key of ['s', ',', '/']) await keyboard.press(key);
    await expect(selection).toBeHidden();
    await expect(settings).toBeHidden();
    await expect(app.searchBox).not.toBeFocused();
  });
});

test('the focus stays near a control that goes away when it is pressed', async ({ app, page }) => {
  await app.open({ model: tinyModel });
  const broken = jpeg('broken.jpg', Buffer.from('no photo'));
  await app.photoInput.setInputFiles([...manyPhotos(1), broken]);
  await app.indexed(1, 1);

  await page.getByRole('button', { name: '1 file could not be added' }).press('Enter');
  await page.getByRole('button', { name: 'Clear the list' }).press('Enter');
  await expect(app.indexing, 'what the list stood in').toBeFocused();

  await page
    .getByRole('list', { name: 'Queries to try' })
    .getByRole('button')
    .first()
    .press('Enter');
  await expect(app.results).toBeVisible();
  await expect(page.getByRole('main')).toBeFocused();
});

test('where one of a list goes away, the focus is on the next', async ({ app, page }) => {
  await app.open({ model: tinyModel });
  await app.photoInput.setInputFiles(manyPhotos(1));
  await app.indexed(1);
  await page.getByRole('button', { name: 'photo-0.jpg' }).press('Enter');
  const viewer = page.getByRole('dialog');
  await viewer.getByRole('button', { name: 'Details', exact: true }).press('Enter');
  const field = viewer.getByRole('combobox', { name: 'Add a tag' });
  await field.fill('a, b, c');
  await field.press('Enter');
  const remove = (tag: string) => viewer.getByRole('button', { name: `Remove the tag ${tag}` });

  await remove('b').press('Enter');
  await expect(remove('b')).toBeHidden();
  await expect(remove('c')).toBeFocused();
  await remove('c').press('Enter');
  await expect(remove('a')).toBeFocused();
  await remove('a').press('Enter');
  await expect(remove('a')).toBeHidden();
  await expect
    .poll(() => viewer.evaluate((dialog) => dialog.contains(document.activeElement)))
    .toBe(true);
});

test('where what opened a dialog is gone with it, the focus is on the photos', async ({
  app,
  page,
}) => {
  await app.open({ model: tinyModel });
  await app.photoInput.setInputFiles(manyPhotos(1));
  await app.indexed(1);
  await page.getByRole('button', { name: 'photo-0.jpg' }).press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).press('Enter');
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).press('Enter');
  await app.indexed(0);
  await expect(page.getByRole('dialog')).toBeHidden();
  await expect(page.getByRole('main')).toBeFocused();
});
