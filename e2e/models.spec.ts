import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { zipSync } from 'fflate';
import { PackageServer } from '../src/model/fixtures/package-server.ts';
import { type AppPage, tinyModel } from './support/app-page.ts';
import { album, manyPhotos, samples } from './support/photos.ts';
import { expect, test } from './support/test.ts';

const tinyFolder = join(import.meta.dirname, '../', tinyModel);
const partBytes = 8 * 2 ** 20;
/** More photos than are indexed before somebody has closed the settings and pressed a button. */
const many = 100;
/** So many results, at least, are in the document without scrolling. */
const shownAtOnce = 60;
const padding = Buffer.alloc(2.5 * partBytes, 'padding ');

type Files = Record<string, Uint8Array>;

const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');

function tinyFiles(): Files {
  const names = readdirSync(tinyFolder);
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(tinyFolder, name))]));
}

/** The tiny model under another name, with a file of two and a half parts that nothing reads. */
function otherFiles(): Files {
  const files = tinyFiles();
  const manifest = JSON.parse(readFileSync(join(tinyFolder, 'manifest.json'), 'utf8'));
  manifest.id = 'other';
  manifest.name = 'Another random model';
  manifest.languages = ['en', 'no_LANGUAGE'];
  manifest.graphs.ranker.wasm.external.push({
    file: 'padding.bin',
    bytes: padding.length,
    sha256: sha256(padding),
  });
  const text = Buffer.from(JSON.stringify(manifest));
  return { ...files, 'manifest.json': text, 'padding.bin': padding };
}

const zipFile = (name: string, files: Files) => ({
  name,
  mimeType: 'application/zip',
  buffer: Buffer.from(zipSync(files, { level: 1 })),
});

/** The page about models in the settings. */
class ModelsPage {
  readonly dialog: Locator;
  readonly adding: Locator;
  readonly next: Locator;

  constructor(private readonly page: Page) {
    this.dialog = page.getByRole('dialog', { name: 'Settings' });
    this.adding = page.getByTestId('adding-model');
    this.next = page.getByTestId('next-model');
  }

  async open(): Promise<void> {
    await this.page.getByTestId('engine').getByRole('button').click();
    await expect(this.page.getByTestId('model').first()).toBeVisible();
  }

  async close(): Promise<void> {
    await this.page.keyboard.press('Escape');
    await expect(this.dialog).toBeHidden();
  }

  card(key: string): Locator {
    return this.page.locator(`[data-testid="model"][data-model="${key}"]`);
  }

  async expectState(key: string, state: string): Promise<void> {
    await expect(this.card(key)).toHaveAttribute('data-state', state);
  }

  async addZip(file: ReturnType<typeof zipFile>): Promise<void> {
    await this.page.getByTestId('model-zip-input').setInputFiles(file);
  }

  async addAddress(address: string): Promise<void> {
    await this.dialog.getByLabel('Address of a package').fill(address);
    await this.dialog.getByRole('button', { name: 'Fetch' }).click();
  }

  async use(key: string): Promise<void> {
    await this.card(key).getByRole('button', { name: /^Use / }).click();
  }

  /** Waits until the first of the parts that the padding is kept in lies in the browser. */
  async firstPartKept(): Promise<void> {
    const isKept = () =>
      this.page.evaluate(
        async (path) => (await caches.match(path, { cacheName: 'model:other@0' })) !== undefined,
        `/kept-model/files/${sha256(padding)}/0`,
      );
    await expect.poll(isKept).toBe(true);
  }
}

/** Leaves the page about models open where another model is to take over from the tiny one. */
async function beginChange(app: AppPage, photos: number): Promise<ModelsPage> {
  const models = new ModelsPage(app.page);
  await app.open({ model: tinyModel });
  await app.photoInput.setInputFiles(manyPhotos(photos));
  await app.indexed(photos);
  await models.open();
  await models.addZip(zipFile('other.zip', otherFiles()));
  await models.expectState('other@0', 'ready');
  await models.use('other@0');
  return models;
}

async function useTiny(app: AppPage): Promise<void> {
  await expect(app.engine).toHaveAttribute('data-model', 'tiny@0', { timeout: 120_000 });
}

test('a model from a folder: use it, search with it, go back, remove it', async ({ app, page }) => {
  const models = new ModelsPage(page);
  await app.open();
  const bundled = (await app.engine.getAttribute('data-model')) ?? '';
  await app.photoInput.setInputFiles(samples('cat.jpg', 'coffee.jpg', 'rocket.jpg'));
  await app.indexed(3);
  const before = await app.search('a cup of coffee');

  await test.step('add', async () => {
    await models.open();
    await models.expectState(bundled, 'in-use');
    await page.getByTestId('model-folder-input').setInputFiles(tinyFolder);
    await models.expectState('tiny@0', 'ready');
    await expect(models.adding).toBeHidden();
  });

  await test.step('use', async () => {
    await models.use('tiny@0');
    await useTiny(app);
    await models.expectState('tiny@0', 'in-use');
    await models.close();
    await app.indexed(3);
    const results = await app.finalResults('a cup of coffee');
    expect(results).toHaveLength(3);
    expect(results.every(({ match }) => match !== null)).toBe(true);
    expect(results.map(({ cosine }) => cosine)).not.toEqual(before.map(({ cosine }) => cosine));
  });

  await test.step('it is still used after a reload', async () => {
    await page.reload();
    await app.ready();
    await useTiny(app);
    expect(await app.finalResults('a cup of coffee')).toHaveLength(3);
  });

  await test.step('the old index is as it was', async () => {
    await models.open();
    await models.use(bundled);
    await expect(app.engine).toHaveAttribute('data-model', bundled);
    await expect(models.next).toBeHidden();
    await models.close();
    const after = await app.finalResults('a cup of coffee');
    expect(after.map(({ photo, cosine }) => [photo, cosine])).toEqual(
      before.map(({ photo, cosine }) => [photo, cosine]),
    );
  });

  await test.step('remove', async () => {
    await models.open();
    await models
      .card('tiny@0')
      .getByRole('button', { name: /^Remove/ })
      .click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
    await expect(models.card('tiny@0')).toHaveCount(0);
    expect(await page.evaluate(() => caches.keys())).not.toContain('model:tiny@0');
  });
});

test('search goes on with the old model until the library is indexed for the new one', async ({
  app,
  page,
}) => {
  const models = await beginChange(app, many);
  await expect(models.next).toHaveAttribute('data-state', 'ready');
  await models.expectState('tiny@0', 'in-use');
  await models.close();
  expect((await app.search('dog')).length).toBeGreaterThanOrEqual(shownAtOnce);
  await expect(app.engine).toHaveAttribute('data-model', 'other@0');
  await app.indexed(many);
  expect((await app.search('cat')).length).toBeGreaterThanOrEqual(shownAtOnce);
  // The address of the visit no longer overrules the choice.
  expect(new URL(page.url()).searchParams.has('model')).toBe(false);
});

test('the library is indexed for the newer model of a site before that takes over', async ({
  app,
  page,
}) => {
  const models = await beginChange(app, 30);
  await expect(app.engine).toHaveAttribute('data-model', 'other@0');

  await page.route(`**/${tinyModel}/manifest.json`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), version: '1' } });
  });
  await models.use('tiny@0');
  await expect(models.next).toHaveAttribute('data-model', 'tiny@1');
  await models.close();
  expect(await app.search('dog')).toHaveLength(30);
  await expect(app.engine).toHaveAttribute('data-model', 'tiny@1');
  await app.indexed(30);
});

test('search goes on with the app’s own model until the library is indexed for its newer version', async ({
  app,
  page,
}) => {
  const photos = album.photos.slice(0, 12).map(({ file }) => file);
  await app.open();
  const older = (await app.engine.getAttribute('data-model')) ?? '';
  const newer = older.replace(/@.*/, '@newer');
  await app.photoInput.setInputFiles(samples(...photos));
  await app.indexed(photos.length);
  const before = await app.search('a dog');

  await page.route('**/models/r2d2-mini/manifest.json', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), version: 'newer' } });
  });
  await page.reload();
  await app.ready();
  await expect(app.engine).toHaveAttribute('data-model', older);
  expect(await app.finalResults('a dog')).toEqual(before);
  await expect(app.engine).toHaveAttribute('data-model', newer, { timeout: 120_000 });
  await app.indexed(photos.length);

  await page.reload();
  await app.ready();
  await expect(app.engine).toHaveAttribute('data-model', newer);
  expect(await app.finalResults('a dog')).toEqual(before);
});

test('a change of model goes on after a reload, and can be called off', async ({ app, page }) => {
  const models = await beginChange(app, many);
  await expect(app.indexing).toHaveAttribute('data-state', 'running');
  await models.close();
  await app.pause();

  await page.reload();
  await app.ready();
  await useTiny(app);
  expect((await app.search('dog')).length).toBeGreaterThanOrEqual(shownAtOnce);
  await models.open();
  await expect(models.next).toHaveAttribute('data-model', 'other@0');
  await models.next.getByRole('button', { name: 'Stay' }).click();
  await expect(models.next).toBeHidden();
  await models.close();
  await page.getByRole('button', { name: 'Resume' }).click();
  await app.indexed(many);
  await useTiny(app);
});

test.describe('from another site', () => {
  test.use({
    expectedElsewhere: /^http:\/\/localhost:\d+\/other\//,
    expectedErrors: /Failed to load|net::ERR|CORS policy/,
  });
  let server: PackageServer;

  test.beforeEach(async () => {
    server = new PackageServer();
    for (const [name, content] of Object.entries(otherFiles())) {
      server.files.set(`/other/${name}`, Buffer.from(content));
    }
    await server.start();
  });
  test.afterEach(async () => {
    await server.stop();
  });

  const paddingRequests = () =>
    server.requests.filter((request) => request.includes('padding.bin'));

  test('a download that breaks goes on where it stopped', async ({ app, page }) => {
    const models = new ModelsPage(page);
    await app.open({ model: tinyModel });
    await models.open();
    server.trouble = { path: '/other/padding.bin', after: partBytes + 100_000, stall: true };
    await models.addAddress(`${server.origin}/other`);
    await models.firstPartKept();
    server.breakOff();
    await expect(models.adding).toHaveAttribute('data-error', 'download-failed');
    await expect(models.card('other@0')).toHaveCount(0);
    await models.adding.getByRole('button', { name: 'Try again' }).click();
    await models.expectState('other@0', 'ready');
    expect(paddingRequests()).toEqual([
      '/other/padding.bin',
      `/other/padding.bin bytes=${partBytes}-`,
    ]);
  });

  test('what has arrived is dropped after a question only', async ({ app, page }) => {
    const models = new ModelsPage(page);
    await app.open({ model: tinyModel });
    await models.open();
    server.trouble = { path: '/other/padding.bin', after: partBytes + 100_000, stall: true };
    await models.addAddress(`${server.origin}/other`);
    await models.firstPartKept();
    await expect(models.adding.getByRole('progressbar')).not.toHaveAttribute('aria-valuenow', '0');

    const question = page.getByRole('alertdialog', { name: 'Stop adding this model?' });
    await models.adding.getByRole('button', { name: 'Cancel' }).click();
    await question.getByRole('button', { name: 'Cancel' }).click();
    await expect(question).toBeHidden();
    await expect(models.adding).toHaveAttribute('data-state', 'running');
    await models.adding.getByRole('button', { name: 'Cancel' }).click();
    await question.getByRole('button', { name: 'Stop' }).click();
    await expect(models.adding).toBeHidden();
    await expect.poll(() => page.evaluate(() => caches.keys())).not.toContain('model:other@0');
  });

  test('a reload amid a download loses nothing', async ({ app, page }) => {
    const models = new ModelsPage(page);
    await app.open({ model: tinyModel });
    await models.open();
    server.trouble = { path: '/other/padding.bin', after: partBytes + 100_000, stall: true };
    await models.addAddress(`${server.origin}/other/manifest.json`);
    await models.firstPartKept();
    await page.reload();
    await app.ready();
    await models.open();
    await models.expectState('other@0', 'incomplete');
    await models
      .card('other@0')
      .getByRole('button', { name: /^Go on/ })
      .click();
    await models.expectState('other@0', 'ready');
    expect(paddingRequests().at(-1)).toBe(`/other/padding.bin bytes=${partBytes}-`);
    await models.use('other@0');
    await expect(app.engine).toHaveAttribute('data-model', 'other@0');
  });

  test('a site that lets nobody else read is explained', async ({ app, page }) => {
    server.letsOthersRead = false;
    const models = new ModelsPage(page);
    await app.open({ model: tinyModel });
    await models.open();
    await models.addAddress(`${server.origin}/other`);
    await expect(models.adding).toHaveAttribute('data-error', 'cross-origin-refused');
    await models.adding.getByRole('button', { name: 'Cancel' }).click();
    await expect(models.adding).toBeHidden();
  });
});

test('a package with a damaged file is refused and leaves nothing', async ({ app, page }) => {
  const models = new ModelsPage(page);
  await app.open({ model: tinyModel });
  await models.open();
  const files = otherFiles();
  // Behind the photo encoder, which arrives whole.
  const graph = Buffer.from(files['text-encoder.wasm.onnx'] ?? '');
  graph.writeUInt8(graph.readUInt8(100) ^ 1, 100);
  await models.addZip(zipFile('broken.zip', { ...files, 'text-encoder.wasm.onnx': graph }));
  await expect(models.adding).toHaveAttribute('data-error', 'checksum-mismatch');
  await expect(models.adding.getByRole('alert')).toContainText('damaged');
  await models.adding.getByRole('button', { name: 'Cancel' }).click();
  const question = page.getByRole('alertdialog', { name: 'Stop adding this model?' });
  await question.getByRole('button', { name: 'Stop' }).click();
  await expect(models.adding).toBeHidden();
  await expect(models.card('other@0')).toHaveCount(0);
  await expect.poll(() => page.evaluate(() => caches.keys())).not.toContain('model:other@0');
});

test('says when the storage is full, and goes on when there is room', async ({ app, page }) => {
  const models = new ModelsPage(page);
  await app.open({ model: tinyModel });
  await models.open();
  const devtools = await page.context().newCDPSession(page);
  const { origin } = new URL(page.url());
  await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 10e6 });
  await models.addZip(zipFile('other.zip', otherFiles()));
  await expect(models.adding).toHaveAttribute('data-error', 'model-storage-full');
  await devtools.send('Storage.overrideQuotaForOrigin', { origin });
  await models.adding.getByRole('button', { name: 'Try again' }).click();
  await models.expectState('other@0', 'ready');
});
