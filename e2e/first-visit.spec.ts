import { tinyModel } from './support/app-page.ts';
import { samples } from './support/photos.ts';
import { expect, test } from './support/test.ts';

// It would keep files of the model's folder from being held back here.
test.use({ serviceWorkers: 'block' });

test('photos are shown while the model is still on its way', async ({ app, page }) => {
  let arrive = () => {};
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  await page.route(`**/${tinyModel}/**`, async (route) => {
    await arrived;
    await route.continue();
  });
  await page.goto(`?backend=wasm&lang=en&model=${tinyModel}`);
  await app.photoInput.setInputFiles(samples('cat.jpg', 'coffee.jpg'));
  await expect(page.locator('[data-tile] img')).toHaveCount(2);
  await expect(app.engine).toHaveAttribute('data-state', 'loading');
  await expect(app.indexing).toHaveAttribute('data-state', 'running');
  await expect(app.indexing).toHaveAttribute('data-done', '0');
  await expect(app.indexing).toHaveAttribute('data-total', '2');

  arrive();
  await app.ready();
  await app.indexed(2);
  expect(await app.search('a cat')).toHaveLength(2);
});
