/** Serves the built app from dist/ with the headers that it needs; PORT sets the port. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import sirv from 'sirv';
import { root } from './install.mjs';

const headersByPath = JSON.parse(readFileSync(join(root, 'hosting', 'headers.json'), 'utf8'));

function setHeaders(response, path) {
  for (const [beginning, headers] of Object.entries(headersByPath)) {
    if (!path.startsWith(beginning)) continue;
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  }
  // Vite puts a hash of the content into the names of assets: they never change.
  const cache = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
  response.setHeader('Cache-Control', cache);
}

/**
 * Serves dist/, and the fixtures of the browser tests under the address that they have in
 * development, where `fixtures` asks for it. Resolves with the address once it is served.
 */
export function serve(port, { fixtures = false } = {}) {
  // `dev` reads files when they are asked for, so that a new build needs no new server.
  const app = sirv(join(root, 'dist'), { dev: true, etag: true, setHeaders });
  const tests = sirv(join(root, 'e2e'), { dev: true, etag: true, setHeaders });
  const server = createServer((request, response) => {
    const notFound = () => response.writeHead(404).end('Not found');
    if (fixtures && request.url.startsWith('/e2e/fixtures/')) {
      request.url = request.url.slice('/e2e'.length);
      tests(request, response, notFound);
    } else {
      app(request, response, notFound);
    }
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, () => resolve(`http://localhost:${server.address().port}/`));
  });
}

if (process.argv[1] === import.meta.filename) {
  const fixtures = process.argv.includes('--fixtures');
  console.log(await serve(Number(process.env.PORT ?? 4173), { fixtures }));
}
