import type { Page } from '@playwright/test';
import { AppPage } from './support/app-page.ts';
import { samples } from './support/photos.ts';
import { test } from './support/plain-host.ts';
import { expect } from './support/test.ts';

const model = '../fixtures/models/tiny';

/** True while a newer version is installed and does not run yet. */
function updateWaits(page: Page): Promise<boolean> {
  return page.evaluate(async () => (await navigator.serviceWorker.ready).waiting !== null);
}

test('a host without headers: the page isolates itself and works', async ({ app, page }) => {
  await app.open({ model });
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  await app.photoInput.setInputFiles(samples('cat.jpg', 'coffee.jpg'));
  await app.indexed(2);
  expect(await app.search('a cat')).toHaveLength(2);
});

test('an update waits until it harms no open page', async ({ app, context, host, page }) => {
  await app.open({ model });
  const other = new AppPage(await context.newPage());
  await other.open({ model });

  await test.step('the new version is fetched, the old one goes on', async () => {
    host.version += 1;
    await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
    await expect.poll(() => updateWaits(page)).toBe(true);
  });

  await test.step('it waits as long as two pages are open', async () => {
    await page.reload();
    await app.ready();
    expect(await updateWaits(page)).toBe(true);
  });

  await test.step('it takes over at the next start of the only page', async () => {
    await other.page.close();
    await page.reload();
    // The page reloads itself meanwhile.
    await expect(async () => expect(await updateWaits(page)).toBe(false)).toPass();
    await app.ready();
  });
});
