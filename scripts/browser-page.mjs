/** A page of this project in a headless browser, with folders of this machine beside it. */
import { join, resolve } from 'node:path';
import { ensureChromium, ensurePackages, root } from './install.mjs';

/**
 * Opens an HTML file of the project. `folders` maps addresses to folders that are served there,
 * `documents` maps addresses to values that are served as JSON, before any folder's file.
 */
export async function openPage(file, { folders, documents = {} }) {
  ensurePackages();
  ensureChromium();
  const server = await serve(folders, documents);
  const { chromium } = await import('@playwright/test');
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH,
    args: ['--no-sandbox', '--enable-unsafe-webgpu', '--enable-features=Vulkan'],
  });
  const page = await browser.newPage();
  await page.goto(`${server.resolvedUrls.local[0]}${file}`);
  const close = async () => {
    await browser.close();
    await server.close();
  };
  return { page, close };
}

async function serve(folders, documents) {
  const { createServer } = await import('vite');
  const { default: sirv } = await import('sirv');
  const server = await createServer({
    root,
    cacheDir: join(root, 'node_modules/.vite-scripts'),
    logLevel: 'error',
    server: { port: Number(process.env.PORT ?? 0), ws: false, hmr: false, watch: null },
    plugins: [
      {
        name: 'served-files',
        configureServer({ middlewares }) {
          for (const [address, value] of Object.entries(documents)) {
            middlewares.use(address, (_request, response) => {
              response.setHeader('Content-Type', 'application/json');
              response.end(JSON.stringify(value));
            });
          }
          for (const [address, folder] of Object.entries(folders)) {
            middlewares.use(address, sirv(resolve(folder), { dev: true }));
            middlewares.use(address, (_request, response) => response.writeHead(404).end());
          }
        },
      },
    ],
  });
  return server.listen();
}
