import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import sirv from 'sirv';
import { test as base } from './test.ts';

const root = join(import.meta.dirname, '../..');

/** The app in a folder of a site whose host sends none of the headers that it asks for. */
export class PlainHost {
  /** Each one is a new version of the app to browsers, since its service worker differs. */
  version = 1;

  /** Where the app is, of an address without a leading slash. */
  url = '';

  private readonly app = sirv(join(root, 'dist'), { dev: true });
  private readonly fixtures = sirv(join(root, 'e2e/fixtures'), { dev: true });
  private readonly server = createServer((request, response) => {
    const notFound = () => {
      response.writeHead(404).end();
    };
    const [, folder, ...rest] = (request.url ?? '').split('/');
    request.url = `/${rest.join('/')}`;
    if (folder === 'photos' && request.url === '/service-worker.js') {
      const script = readFileSync(join(root, 'dist/service-worker.js'), 'utf8');
      response.setHeader('Content-Type', 'text/javascript');
      response.end(`${script}\n// version ${this.version}`);
    } else if (folder === 'photos') {
      this.app(request, response, notFound);
    } else if (folder === 'fixtures') {
      this.fixtures(request, response, notFound);
    } else {
      notFound();
    }
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, resolve));
    const { port } = this.server.address() as AddressInfo;
    this.url = `http://localhost:${port}/photos/`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** Tests whose base address is a plain host of their own. */
export const test = base.extend<{ readonly host: PlainHost }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads which fixtures are asked for
  host: async ({}, use) => {
    const host = new PlainHost();
    await host.start();
    await use(host);
    host.stop();
  },
  baseURL: ({ host }, use) => use(host.url),
});
