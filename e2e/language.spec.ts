import { tinyModel } from './support/app-page.ts';
import { samples } from './support/photos.ts';
import { expect, test } from './support/test.ts';

test('the language is switched at once and stays switched', async ({ app, page }) => {
  await page.goto(`?backend=wasm&model=${tinyModel}`);
  await app.ready();
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByText('简体中文').click();
  await expect(page.locator('html')).toHaveAttribute('lang', /^zh/);
  await expect(page.getByRole('dialog')).toHaveAccessibleName('设置');

  await page.reload();
  await app.ready();
  await expect(page.locator('html')).toHaveAttribute('lang', /^zh/);
  await expect(page.getByRole('button', { name: '选择照片' })).toBeVisible();
});

test.describe('a browser set to Chinese', () => {
  test.use({ locale: 'zh-CN' });

  test('gets the app in Chinese, and the address overrules it', async ({ app, page }) => {
    await page.goto(`?backend=wasm&model=${tinyModel}`);
    await expect(page.locator('html')).toHaveAttribute('lang', /^zh/);
    await app.open({ model: tinyModel, language: 'en' });
    await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  });
});

test('no English is left on the Chinese screens', async ({ app, page }) => {
  await app.open({ model: tinyModel, language: 'zh' });
  const words = async () => {
    const text = (await page.getByRole('main').textContent()) ?? '';
    // Names, formats and units are the same in every language.
    const known =
      /r2d2-web|\.jpg|JPEG|HEIC|PNG|WebP|AVIF|GIF|BMP|WebGPU|WebAssembly|tiny|Apache|[0-9.]+ ?[KMG]?B\b/gi;
    return text.replace(known, '').match(/[A-Za-z]{4,}/g) ?? [];
  };
  expect(await words(), 'welcome').toEqual([]);
  await app.photoInput.setInputFiles(samples('cat.jpg', 'rocket.jpg'));
  await app.indexed(2);
  expect(
    (await words()).filter((word) => !/cat|rocket/.test(word)),
    'library',
  ).toEqual([]);
});
