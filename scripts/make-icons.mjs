/** Makes public/icons out of public/favicon.svg: `node scripts/make-icons.mjs`. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { ensureChromium, root } from './install.mjs';

/** The maskable icon keeps its picture inside the circle that every mask leaves. */
const icons = [
  { file: 'icon-192.png', size: 192, share: 1, background: 'transparent' },
  { file: 'icon-512.png', size: 512, share: 1, background: 'transparent' },
  { file: 'icon-maskable-512.png', size: 512, share: 0.8, background: '#b5382a' },
];

const folder = join(root, 'public', 'icons');
mkdirSync(folder, { recursive: true });
const svg = readFileSync(join(root, 'public', 'favicon.svg'));
const address = `data:image/svg+xml;base64,${svg.toString('base64')}`;

ensureChromium();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH,
  args: ['--no-sandbox'],
});
for (const { file, size, share, background } of icons) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`
    <body style="margin:0;height:100vh;display:grid;place-items:center;background:${background}">
      <img src="${address}" width="${size * share}" />
    </body>`);
  await page.screenshot({ path: join(folder, file), omitBackground: true });
}
await browser.close();
