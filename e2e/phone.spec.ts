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
