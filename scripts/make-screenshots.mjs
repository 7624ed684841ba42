/**
 * Makes the README's pictures of the built app, with the sample album and the app's own model:
 * `npm run build && node scripts/make-screenshots.mjs`.
 */
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { ensureChromium, root } from './install.mjs';
import { serve } from './serve.mjs';

const query = 'a dog';

ensureChromium();
const address = await serve(0);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH,
  args: ['--no-sandbox'],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
await page.goto(`${address}?lang=en&backend=wasm`);
await page.getByRole('button', { name: 'Try the sample album' }).click();
await page
  .locator('[data-testid=indexing][data-state=idle]:not([data-done="0"])')
  .waitFor({ timeout: 300_000 });
await page.getByRole('searchbox').fill(query);
await page.locator(`[data-testid=results][data-query="${query}"][data-stage=done]`).waitFor();
await page.getByRole('searchbox').blur();
for (const colorScheme of ['light', 'dark']) {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  // Notices have gone by then, and every picture has come.
  await page.waitForTimeout(8_000);
  await page.screenshot({
    path: join(root, 'docs', 'images', `search-${colorScheme}.jpg`),
    type: 'jpeg',
    quality: 85,
  });
}
await browser.close();
process.exit();
