import { readFileSync } from 'node:fs';
import { appUrl } from './support/addresses.ts';
import { jpeg, samples } from './support/photos.ts';
import { expect, test } from './support/test.ts';

test('after one visit everything works without a network', async ({ app, context, page }) => {
  await app.open();
  await context.setOffline(true);

  await page.reload();
  await app.ready();
  await app.photoInput.setInputFiles(samples('coffee.jpg', 'rocket.jpg', 'cat.jpg'));
  await app.indexed(3);
  expect((await app.search('a cup of coffee'))[0]?.photo).toBe('coffee.jpg');
});

test('no request carries a photo, its name or a query', async ({ app, page, requests }) => {
  const sent: string[] = [];
  page.context().on('request', (request) => {
    if (request.method() !== 'GET' || request.postData() !== null) sent.push(request.url());
  });
  const photo = readFileSync(samples('coffee.jpg')[0] ?? '');
  await app.open();
  await app.photoInput.setInputFiles([jpeg('birthday espresso.jpg', photo)]);
  await app.indexed(1);
  await app.search('espresso for my birthday');
  await page.reload();
  await app.finalResults('espresso for my birthday');
  expect(sent, 'nothing is sent').toEqual([]);
  // A fragment stays in the browser.
  const addresses = requests.map((url) => decodeURIComponent(url.replace(/#.*/, '')));
  expect(addresses.filter((address) => /espresso|birthday/.test(address))).toEqual([]);
});

test.describe('a script that wants to reach another origin', () => {
  test.use({ expectedErrors: /Content Security Policy|Failed to (?:fetch|load)/ });

  test('is stopped by the browser', async ({ app, page }) => {
    await app.open({ model: 'e2e/fixtures/models/tiny' });
    const refused = await page.evaluate(async () => {
      const violations = new Set<string>();
      document.addEventListener('securitypolicyviolation', ({ blockedURI }) =>
        violations.add(new URL(blockedURI).origin),
      );
      await fetch('https://example.org/collect').catch(() => {});
      navigator.sendBeacon('https://example.com/beacon', 'x');
      await new Promise((resolve) => setTimeout(resolve, 500));
      return [...violations].sort();
    });
    expect(refused).toEqual(['https://example.com', 'https://example.org']);
  });
});

test('the page is isolated from other origins', async ({ app, page }) => {
  await app.open({ model: 'e2e/fixtures/models/tiny' });
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  const response = await page.request.get(appUrl);
  expect(response.headers()['content-security-policy']).toContain("default-src 'none'");
});
