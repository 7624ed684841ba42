import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { en } from '../src/app/i18n/en.ts';
import { zh } from '../src/app/i18n/zh.ts';
import { tinyModel } from './support/app-page.ts';
import { jpeg, samples } from './support/photos.ts';
import { expect, test } from './support/test.ts';

const texts = { en, zh };

for (const language of ['en', 'zh'] as const) {
  for (const theme of ['light', 'dark'] as const) {
    test(`no screen has accessibility faults: ${language}, ${theme}`, async ({ app, page }) => {
      const { settings, search } = texts[language];
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await app.open({ model: tinyModel, language });
      await expect(page.locator('html')).toHaveAttribute('lang', new RegExp(`^${language}`));

      await expectNoFaults(page, 'welcome');

      const photos = samples('cat.jpg', 'coffee.jpg', 'rocket.jpg');
      await app.photoInput.setInputFiles(photos);
      await app.indexed(3);
      await app.photoInput.setInputFiles([jpeg('broken.jpg', Buffer.from('no picture'))]);
      await app.indexed(3, 1);
      await expectNoFaults(page, 'library with a file that could not be taken in');

      await page.keyboard.press(',');
      for (const name of [
        'general',
        'storage',
        'model',
        'privacy',
        'shortcuts',
        'credits',
      ] as const) {
        await page.getByRole('tab', { name: settings[name] }).click();
        await expectNoFaults(page, `settings: ${name}`);
      }
      await page.keyboard.press('Escape');

      await app.search(search.examples[0] ?? '');
      await expectNoFaults(page, 'results');

      await app.results.getByRole('button').first().click();
      await expect(page.getByRole('dialog')).toBeVisible();
      await expectNoFaults(page, 'viewer');
    });

    test(`nor have labels and matching: ${language}, ${theme}`, async ({ app, page }) => {
      const { labels, matching, pages } = texts[language];
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await app.open({ model: tinyModel, language });
      await app.photoInput.setInputFiles(samples('cat.jpg'));
      await app.indexed(1);

      await page.getByRole('link', { name: pages.labels }).first().click();
      await page.getByTestId('subject-input').setInputFiles(samples('coffee.jpg'));
      await page.getByRole('textbox', { name: labels.field }).fill('cat, 狗');
      await expect(page.getByTestId('label')).toHaveCount(2);
      await expectNoFaults(page, 'labels of a photo');
      await page.getByText(labels.wholeLibrary, { exact: true }).click();
      await page.getByRole('slider', { name: labels.noneBelow }).press('Home');
      await expect(page.locator('[data-count]').first()).toBeVisible();
      await expectNoFaults(page, 'labels of the library');

      await page.getByRole('link', { name: pages.match }).first().click();
      await page.getByRole('textbox', { name: matching.sentences }).fill('a cat');
      await page.getByRole('button', { name: matching.showHeat }).click();
      await expectNoFaults(page, 'matching');
    });

    test(`nor has captioning: ${language}, ${theme}`, async ({ app, page }) => {
      const { captions, export: exports, library, pages, tags, viewer } = texts[language];
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await app.open({ model: tinyModel, language });
      await page.getByRole('link', { name: pages.captions }).first().click();
      await expectNoFaults(page, 'captions without a photo');
      await page.getByTestId('subject-input').setInputFiles(samples('coffee.jpg'));
      await expect(page.getByTestId('caption')).toHaveAttribute('data-state', 'done');
      await page.getByRole('button', { name: captions.look }).click();
      await expectNoFaults(page, 'a caption and what its words match');
      await page.getByRole('button', { name: captions.edit, exact: true }).click();
      await expectNoFaults(page, 'a caption being edited');

      await page.getByRole('link', { name: pages.photos }).first().click();
      await app.photoInput.setInputFiles(samples('cat.jpg'));
      await app.indexed(1);
      await page.getByRole('button', { name: captions.job.action }).click();
      await expectNoFaults(page, 'captions for many photos');
      await page.getByRole('dialog').getByRole('button', { name: captions.job.start }).click();
      await expect(page.locator('[data-tile] img:not([alt=""])')).toHaveCount(1);
      await page.getByRole('button', { name: /^cat\.jpg/ }).click();
      await page.getByRole('button', { name: viewer.details, exact: true }).click();
      await expect(page.getByTestId('kept-caption')).toHaveCount(2);
      await expectNoFaults(page, 'kept captions');
      await page.keyboard.press('Escape');

      await page.getByRole('button', { name: library.select, exact: true }).click();
      await page.getByRole('checkbox').first().click();
      await page.getByRole('button', { name: tags.tagSelected, exact: true }).click();
      await page.getByRole('combobox', { name: tags.add }).fill('a, b');
      await page.keyboard.press('Enter');
      await expect(page.locator('[data-tag]')).toHaveCount(2);
      await expectNoFaults(page, 'tags of a selection');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: exports.action }).click();
      await page.getByRole('menuitem', { name: exports.formats.beside }).click();
      await expect(page.getByText(exports.sidecars.none)).toBeVisible();
      await expectNoFaults(page, 'writing beside photos');
    });
  }
}

test('the title of the window says what it shows', async ({ app, page }) => {
  await app.open({ model: tinyModel });
  await expect(page).toHaveTitle(/^Find your photos/);
  await page.getByRole('link', { name: 'Labels' }).first().click();
  await expect(page).toHaveTitle(/^Labels/);
  await app.searchBox.fill('a dog');
  await expect(page).toHaveTitle(/a dog/);
});

test('what came of a query is said', async ({ app, page }) => {
  await app.open({ model: tinyModel });
  await app.searchBox.fill('a dog');
  const news = page.getByRole('status');
  await expect(news.filter({ hasText: en.search.noPhotos })).toBeAttached();
  await app.photoInput.setInputFiles(samples('cat.jpg'));
  await app.finalResults('a dog');
  await expect(news.filter({ hasText: /found for “a dog”/ })).toBeAttached();
});

/** Runs axe over what is on the screen, once nothing moves any more. */
async function expectNoFaults(page: Page, screen: string): Promise<void> {
  await page.evaluate(() =>
    Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {}))),
  );
  const { violations } = await new AxeBuilder({ page }).analyze();
  const faults = violations.map(({ id, help, nodes }) => ({
    id,
    help,
    where: nodes.map(({ target, failureSummary }) => `${target.join(' ')}: ${failureSummary}`),
  }));
  expect(faults, `accessibility faults of the screen “${screen}”`).toEqual([]);
}
