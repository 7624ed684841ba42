import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import sirv from 'sirv';
import { type AppPage, tinyModel } from './support/app-page.ts';
import { samples } from './support/photos.ts';
import { expect, test } from './support/test.ts';

const folder = join(import.meta.dirname, 'fixtures/chinese-clip');
const photos = ['cat.jpg', 'coffee.jpg', 'rocket.jpg'];

/** Opens the page of settings that lists the models. */
async function openModels(app: AppPage): Promise<void> {
  await app.page.getByRole('button', { name: 'Settings' }).click();
  await app.page.getByRole('tab', { name: 'Models' }).click();
}

/** Uses the model that was split, indexes the library with it, and searches. */
async function useAndSearch(app: AppPage, id: string): Promise<void> {
  const { page } = app;
  const model = page.locator(`[data-testid="model"][data-model^="${id}@"]`);
  await expect(model).toHaveAttribute('data-state', 'ready');
  await model.getByRole('button', { name: 'Use' }).click();
  await expect(app.engine).toHaveAttribute('data-model', new RegExp(`^${id}@[0-9a-f]{12}$`));
  await expect(model).toHaveAttribute('data-state', 'in-use');
  await page.keyboard.press('Escape');
  await app.indexed(photos.length);
  const results = await app.search('一只猫在雪地里');
  expect(results.map(({ photo }) => photo).sort()).toEqual(photos);
  // Nothing re-ranks: the order is that of the cosines.
  const cosines = results.map(({ cosine }) => cosine);
  expect(cosines).toEqual([...cosines].sort((a, b) => b - a));
  expect(new Set(cosines).size).toBe(photos.length);
  expect(results.every(({ match }) => match === null)).toBe(true);
}

test.beforeEach(async ({ app }) => {
  await app.open({ model: tinyModel });
  await app.photoInput.setInputFiles(samples(...photos));
  await app.indexed(photos.length);
  await openModels(app);
});

test('a Chinese-CLIP is added from its files and searches', async ({ app, page }) => {
  const input = page.getByTestId('model-export-input');
  await input.setInputFiles([join(folder, 'onnx/model.onnx')]);
  // The tokenizer is asked for.
  const adding = page.getByTestId('adding-model');
  await expect(adding).toHaveAttribute('data-error', 'model-file-missing');
  await expect(adding).toContainText('tokenizer.json');
  await adding.getByRole('button', { name: 'Cancel' }).click();

  const files = ['onnx/model.onnx', 'tokenizer.json', 'preprocessor_config.json'];
  await input.setInputFiles(files.map((file) => join(folder, file)));
  await useAndSearch(app, 'chinese-clip');

  // It is kept: no network, no files.
  await page.context().setOffline(true);
  await page.reload();
  await app.ready();
  await expect(app.engine).toHaveAttribute('data-model', /^chinese-clip@/);
});

test.describe('from another site', () => {
  const path = '/Xenova/chinese-clip-tiny/resolve/main/onnx/model_quantized.onnx';
  let server: Server;
  let site = '';
  let taken: string[] = [];

  test.use({
    expectedElsewhere: /^http:\/\/localhost:\d+\/(?:Xenova|private)\//,
    // The tokenizer is looked for in two folders; other files do not allow to be read.
    expectedErrors: /404|CORS|ERR_FAILED|Failed to load/,
  });

  test.beforeAll(async () => {
    const files = sirv(folder, { dev: true });
    server = createServer((request, response) => {
      const url = request.url ?? '';
      taken.push(url);
      if (url.startsWith('/Xenova/')) response.setHeader('Access-Control-Allow-Origin', '*');
      request.url = url.replace('/Xenova/chinese-clip-tiny/resolve/main', '');
      files(request, response, () => {
        response.writeHead(404).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    site = `localhost:${(server.address() as AddressInfo).port}`;
  });

  test.beforeEach(() => {
    taken = [];
  });

  test.afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test('nothing is fetched before the person agrees to the address', async ({ app, page }) => {
    const form = page.getByTestId('add-onnx-export');
    const address = form.getByLabel('Address of the ONNX file');
    await expect(address).toHaveValue(/^https:\/\/huggingface\.co\/Xenova\/chinese-clip/);
    await address.fill('no address');
    await form.getByRole('button', { name: 'Download' }).click();
    await expect(form).toContainText('This is not the address of an ONNX file');
    await address.fill(`http://${site}${path}`);
    await form.getByRole('button', { name: 'Download' }).click();
    const consent = page.getByRole('dialog', { name: `Download from ${site}?` });
    await expect(consent).toContainText(`http://${site}${path}`);
    await consent.getByRole('button', { name: 'Cancel' }).click();
    await expect(consent).toBeHidden();
    expect(taken).toEqual([]);

    await form.getByRole('button', { name: 'Download' }).click();
    await consent.getByRole('button', { name: 'Agree and download' }).click();
    await useAndSearch(app, 'chinese-clip-tiny-model_quantized');
    expect(taken.filter((url) => url === path)).toHaveLength(1);
  });

  test('a file that is no such model is named', async ({ page }) => {
    const form = page.getByTestId('add-onnx-export');
    const adding = page.getByTestId('adding-model');
    const address = form.getByLabel('Address of the ONNX file');
    for (const [file, code] of [
      ['/Xenova/chinese-clip-tiny/resolve/main/onnx/missing.onnx', 'export-download-failed'],
      ['/private/model.onnx', 'cross-origin-refused'],
    ] as const) {
      await address.fill(`http://${site}${file}`);
      await form.getByRole('button', { name: 'Download' }).click();
      await page.getByRole('button', { name: 'Agree and download' }).click();
      await expect(adding).toHaveAttribute('data-error', code);
      await adding.getByRole('button', { name: 'Cancel' }).click();
      await expect(adding).toBeHidden();
    }
  });
});
