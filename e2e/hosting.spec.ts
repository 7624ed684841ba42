import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import sirv from 'sirv';
import { samples } from './support/photos.ts';
import { test as base, expect } from './support/test.ts';

const root = join(import.meta.dirname, '..');

/** The app in a folder of a site whose host sends none of the headers that it asks for. */
const test = base.extend({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads which fixtures are asked for
  baseURL: async ({}, use) => {
    const app = sirv(join(root, 'dist'), { dev: true });
    const fixtures = sirv(join(root, 'e2e/fixtures'), { dev: true });
    const server = createServer((request, response) => {
      const notFound = () => {
        response.writeHead(404).end();
      };
      const [, folder, ...rest] = (request.url ?? '').split('/');
      request.url = `/${rest.join('/')}`;
      if (folder === 'photos') app(request, response, notFound);
      else if (folder === 'fixtures') fixtures(request, response, notFound);
      else notFound();
    });
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const { port } = server.address() as AddressInfo;
    await use(`http://localhost:${port}/photos/`);
    server.closeAllConnections();
    server.close();
  },
});

test('a host without headers: the page isolates itself and works', async ({ app, page }) => {
  await app.open({ model: '../fixtures/models/tiny' });
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  await app.photoInput.setInputFiles(samples('cat.jpg', 'coffee.jpg'));
  await app.indexed(2);
  expect(await app.search('a cat')).toHaveLength(2);
});
