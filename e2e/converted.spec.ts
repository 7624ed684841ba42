import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { tinyModel } from './support/app-page.ts';
import { samples } from './support/photos.ts';
import { expect, test } from './support/test.ts';

const root = join(import.meta.dirname, '..');
const photos = ['alps.jpg', 'cat.jpg', 'coffee.jpg', 'rocket.jpg', 'shepherd-dog.jpg'];

test('a converted R2D2 checkpoint is added from its folder and re-ranks', async ({
  app,
  page,
}, testInfo) => {
  const folder = testInfo.outputPath('converted');
  const script = join(root, 'e2e/reference/make_converted.py');
  const python = join(root, 'modelling/.venv/bin/python');
  const { status, stderr } = spawnSync(python, [script, folder], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);

  await app.open({ model: tinyModel });
  await app.photoInput.setInputFiles(samples(...photos));
  await app.indexed(photos.length);
  await app.engine.getByRole('button').click();
  await page.getByTestId('model-folder-input').setInputFiles(join(folder, 'package'));
  const model = page.locator('[data-testid="model"][data-model="r2d2-checkpoint@1"]');
  await expect(model).toHaveAttribute('data-state', 'ready');
  await model.getByRole('button', { name: 'Use' }).click();
  await expect(model).toHaveAttribute('data-state', 'in-use');
  await page.keyboard.press('Escape');
  await app.indexed(photos.length);

  const results = await app.search('草地上的狗');
  expect(results.map(({ photo }) => photo).sort()).toEqual(photos);
  for (const { match } of results) {
    expect(match).toBeGreaterThan(0);
    expect(match).toBeLessThan(1);
  }
  // The released weights: match probability + cosine.
  const scores = results.map(({ match, cosine }) => (match ?? 0) + cosine);
  expect(scores).toEqual([...scores].sort((a, b) => b - a));
});
