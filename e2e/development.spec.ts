import { developmentUrl } from './support/addresses.ts';
import { tinyModel } from './support/app-page.ts';
import { samples } from './support/photos.ts';
import { expect, test } from './support/test.ts';

test.use({ baseURL: developmentUrl });

test('the app runs from its sources under the same policy', async ({ app, page }) => {
  await app.open({ model: tinyModel });
  const response = await page.request.get('');
  expect(response.headers()['content-security-policy']).toContain("connect-src 'self'");
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  await app.photoInput.setInputFiles(samples('cat.jpg', 'coffee.jpg'));
  await app.indexed(2);
  expect(await app.search('a cat')).toHaveLength(2);
});
