import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import sirv from 'sirv';
import { samples } from './support/photos.ts';
import { expect, test } from './support/test.ts';

const root = join(import.meta.dirname, '..');

/** Serves the app in a folder of a site, without a single header that it asks for. */
function startPlainHost(): Promise<Server> {
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
  return new Promise((resolve) => server.listen(0, () => resolve(server)));
}

test.describe('a host that sends no headers', () => {
  let host: Server;
  test.beforeAll(async () => {
    host = await startPlainHost();
  });
  test.afterAll(() => {
    host.close();
  });
  test.use({
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads which fixtures are asked for
    baseURL: async ({}, use) =>
      use(`http://localhost:${(host.address() as AddressInfo).port}/photos/`),
  });

  test('the page isolates itself and works, from a folder of the site', async ({ app, page }) => {
    await app.open({ model: '../fixtures/models/tiny' });
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    await app.photoInput.setInputFiles(samples('cat.jpg', 'coffee.jpg'));
    await app.indexed(2);
    expect(await app.search('a cat')).toHaveLength(2);
  });
});
