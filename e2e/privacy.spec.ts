import { appUrl } from './support/addresses.ts';
import { samples } from './support/photos.ts';
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

test('no request carries a photo or a query', async ({ app, page, requests }) => {
  const bodies: string[] = [];
  page.context().on('request', (request) => {
    if (request.method() !== 'GET' || request.postData() !== null) bodies.push(request.url());
  });
  await app.open();
  await app.photoInput.setInputFiles(samples('coffee.jpg', 'rocket.jpg'));
  await app.indexed(2);
  const before = requests.length;
  await app.search('a cup of coffee');
  const during = requests.slice(before).filter((url) => !url.startsWith('blob:'));
  expect(during, 'a search needs no request').toEqual([]);
  expect(bodies, 'nothing is sent').toEqual([]);
  expect(requests.filter((url) => url.includes('coffee'))).toEqual([]);
});

test.describe('a script that wants to reach another origin', () => {
  test.use({ expectedErrors: /Content Security Policy|Failed to (?:fetch|load)/ });

  test('is stopped by the browser', async ({ app, page }) => {
    await app.open({ model: 'e2e/fixtures/models/tiny' });
    const refused = await page.evaluate(async () => {
      const violations: string[] = [];
      document.addEventListener('securitypolicyviolation', ({ blockedURI }) =>
        violations.push(new URL(blockedURI).origin),
      );
      await fetch('https://example.org/collect').catch(() => {});
      new Image().src = 'https://example.net/pixel.png';
      navigator.sendBeacon('https://example.com/beacon', 'x');
      await new Promise((resolve) => setTimeout(resolve, 500));
      return violations.sort();
    });
    expect(refused).toEqual(['https://example.com', 'https://example.net', 'https://example.org']);
  });
});

test('the page is isolated from other origins', async ({ app, page }) => {
  await app.open({ model: 'e2e/fixtures/models/tiny' });
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  const response = await page.request.get(appUrl);
  expect(response.headers()['content-security-policy']).toContain("default-src 'none'");
});
