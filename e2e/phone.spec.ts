import { devices } from '@playwright/test';
import { tinyModel } from './support/app-page.ts';
import { samples } from './support/photos.ts';
import { expect, test } from './support/test.ts';

const { viewport, deviceScaleFactor, hasTouch, isMobile } = devices['Pixel 7'];
test.use({ viewport, deviceScaleFactor, hasTouch, isMobile });

test('on a phone nothing is cut off and photos are found by touch', async ({ app, page }) => {
  const overflow = () =>
    page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );

  await app.open({ model: tinyModel, language: 'zh' });
  expect(await overflow(), 'welcome: no sideways scrolling').toBe(0);

  await app.photoInput.setInputFiles(samples('cat.jpg', 'coffee.jpg', 'rocket.jpg', 'panda.jpg'));
  await app.indexed(4);
  expect(await overflow(), 'library: no sideways scrolling').toBe(0);

  await app.search('一只猫');
  expect(await overflow(), 'results: no sideways scrolling').toBe(0);
  await app.results.getByRole('button').first().tap();
  await expect(page.getByRole('dialog')).toBeVisible();

  await page.goBack();
  await expect(page.getByRole('dialog'), 'the back button closes the photo').toBeHidden();
  await expect(app.searchBox).toHaveValue('一只猫');
});

test('on the narrowest phone a tag’s filter can be taken off', async ({ app, page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await app.open({ model: tinyModel, language: 'en' });
  await app.photoInput.setInputFiles(samples('cat.jpg', 'coffee.jpg', 'rocket.jpg'));
  await app.indexed(3);
  await page.getByRole('button', { name: 'Select', exact: true }).tap();
  await page.getByRole('checkbox', { name: /cat\.jpg/ }).tap();
  await page.getByRole('button', { name: 'Tag', exact: true }).tap();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox', { name: 'Add a tag' }).fill('Birthday of grandmother');
  await page.keyboard.press('Enter');
  await expect(dialog.locator('[data-tag]')).toHaveCount(1);
  await dialog.getByRole('button', { name: 'Close' }).tap();
  await page.getByRole('button', { name: 'Done' }).tap();
  await page.getByRole('button', { name: 'Tags', exact: true }).tap();
  await page.getByRole('option', { name: /Birthday/ }).tap();
  await expect(page.getByRole('searchbox', { name: 'Find a tag' })).toBeHidden();
  await app.search('a cat');
  await expect(app.results).toHaveAttribute('data-stage', 'done');
  await expect(page.getByText('Birthday of grandmother')).toBeInViewport();
  await page.getByRole('button', { name: 'Show all photos' }).tap();
  await expect(page.getByRole('button', { name: 'Tags', exact: true })).toBeVisible();
});

test('on a very narrow screen a selection can be exported', async ({ app, page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await app.open({ model: tinyModel, language: 'en' });
  await app.photoInput.setInputFiles(samples('cat.jpg'));
  await app.indexed(1);
  await page.getByRole('button', { name: 'Select', exact: true }).tap();
  const bar = page.getByRole('toolbar', { name: 'Select' });
  const exporting = bar.getByRole('button', { name: 'Export' });
  await expect(exporting, 'nothing is selected yet').toBeDisabled();
  await page.getByRole('checkbox', { name: /cat\.jpg/ }).tap();
  await expect(bar.getByText('1 selected')).toBeInViewport();
  expect(await bar.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
  await bar.getByRole('button', { name: 'Tag', exact: true }).tap();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox', { name: 'Add a tag' }).fill('pet');
  await page.keyboard.press('Enter');
  await expect(dialog.locator('[data-tag]')).toHaveCount(1);
  await dialog.getByRole('button', { name: 'Close' }).tap();
  await exporting.tap();
  await expect(page.getByRole('menuitem', { name: /CSV/ })).toBeVisible();
});

test('on a phone a photo is captioned, and its words show which part they match', async ({
  app,
  page,
}) => {
  await app.open({ model: tinyModel, language: 'en' });
  await page.getByRole('link', { name: 'Captions' }).tap();
  await page.getByTestId('subject-input').setInputFiles(samples('panda.jpg'));
  await expect(page.getByTestId('caption')).toHaveAttribute('data-state', 'done');
  await page.getByRole('button', { name: 'Which part does each word match?' }).tap();
  const words = page.getByRole('radiogroup', { name: 'Words of the sentence' });
  await words.getByRole('radio').nth(1).tap();
  await expect(page.locator('canvas'), 'on the photo, and beside the words').toHaveCount(2);
  const widths = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return { scrollWidth, clientWidth };
  });
  expect(widths.scrollWidth, 'no sideways scrolling').toBe(widths.clientWidth);
});

test('on a phone held sideways a question can be answered', async ({ app, page }) => {
  await app.open({ model: tinyModel, language: 'en' });
  await app.photoInput.setInputFiles(samples('cat.jpg'));
  await app.indexed(1);
  await page.getByRole('button', { name: 'Select', exact: true }).tap();
  await page.getByRole('checkbox', { name: /cat\.jpg/ }).tap();
  await page.getByRole('button', { name: 'Remove' }).tap();
  const question = page.getByRole('alertdialog');
  await expect(question).toBeVisible();
  await page.setViewportSize({ width: 600, height: 180 });
  const box = await question.boundingBox();
  expect(box?.y, 'no part of it is out of reach').toBeGreaterThanOrEqual(0);
  await question.getByRole('button', { name: 'Remove' }).tap();
  await app.indexed(0);
});

test('what is tapped is large enough for a finger', async ({ app, page }) => {
  await app.open({ model: tinyModel });
  const small = await page.locator('button').evaluateAll((buttons) =>
    buttons
      .filter((button) => button.checkVisibility())
      .map((button) => {
        const { width, height } = button.getBoundingClientRect();
        return { name: button.ariaLabel ?? button.textContent, width, height };
      })
      // WCAG 2.2, target size (minimum)
      .filter(({ width, height }) => width < 24 || height < 24),
  );
  expect(small).toEqual([]);
});
