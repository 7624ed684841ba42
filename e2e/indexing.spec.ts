import { tinyModel } from './support/app-page.ts';
import { manyPhotos, samples } from './support/photos.ts';
import { expect, test } from './support/test.ts';

/** More than a fast machine takes in before somebody has pressed a button. */
const count = 100;

test('indexing pauses, and goes on where it was after a reload', async ({ app, page }) => {
  await app.open({ model: tinyModel });
  await app.photoInput.setInputFiles(manyPhotos(count));
  await expect(app.indexing).toHaveAttribute('data-state', 'running');
  await app.pause();
  await expect(app.indexing).toHaveAttribute('data-total', String(count));

  await page.reload();
  await app.ready();
  await expect(app.indexing).toHaveAttribute('data-state', 'paused');
  await expect(app.indexing).toHaveAttribute('data-total', String(count));
  const kept = Number(await app.indexing.getAttribute('data-done'));
  expect(kept, 'the pause came before the end').toBeLessThan(count);

  await page.getByRole('button', { name: 'Resume' }).click();
  await app.indexed(count);
});

test('indexing is under way as soon as photos are chosen, known ones too', async ({
  app,
  page,
}) => {
  const photos = manyPhotos(count);
  await app.open({ model: tinyModel });
  await app.photoInput.setInputFiles(photos);
  expect(await app.indexing.getAttribute('data-state')).toBe('running');
  await app.indexed(count);
  // What is known is soon seen to be: a look from here might come too late.
  const wasRunning = await app.indexing.evaluateHandle((indexing) => {
    const answer = { seen: false };
    new MutationObserver(() => {
      answer.seen ||= indexing.getAttribute('data-state') === 'running';
    }).observe(indexing, { attributes: true });
    return answer;
  });
  await app.photoInput.setInputFiles(photos);
  await expect(page.getByText('All of them were in the library already')).toBeVisible();
  expect(await wasRunning.evaluate(({ seen }) => seen)).toBe(true);
  await app.indexed(count);
});

test('a reload in the middle of indexing loses nothing', async ({ app, page }) => {
  await app.open({ model: tinyModel });
  await app.photoInput.setInputFiles(manyPhotos(count));
  await expect(app.indexing).toHaveAttribute('data-total', String(count));
  await expect(app.indexing).toHaveAttribute('data-done', /^[1-9]/);
  await page.reload();
  await app.ready();
  await app.indexed(count);
});

test('cancelled indexing keeps what is done and drops the rest', async ({ app, page }) => {
  await app.open({ model: tinyModel });
  await app.photoInput.setInputFiles(manyPhotos(count));
  await expect(app.indexing).toHaveAttribute('data-done', /^[1-9]/);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Stop' }).click();
  await expect(app.indexing).toHaveAttribute('data-state', 'idle');
  const kept = await app.indexing.getAttribute('data-total');
  expect(Number(kept)).toBeLessThan(count);
  await page.reload();
  await app.ready();
  await app.indexed(Number(kept));
});

test('with a new version of the model no photo counts as indexed before it is', async ({
  app,
  page,
}) => {
  const photos = samples('cat.jpg', 'coffee.jpg', 'rocket.jpg');
  await app.open({ model: tinyModel });
  await app.photoInput.setInputFiles(photos);
  await app.indexed(photos.length);

  await page.route(`**/${tinyModel}/manifest.json`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), version: '1' } });
  });
  await page.addInitScript(() => {
    const stateOf = (id: string) =>
      document.querySelector<HTMLElement>(`[data-testid="${id}"]`)?.dataset.state;
    new MutationObserver((_, observer) => {
      if (stateOf('engine') !== 'ready') return;
      observer.disconnect();
      Object.assign(window, { indexingAtReady: stateOf('indexing') });
    }).observe(document, { subtree: true, childList: true, attributes: true });
  });
  await page.reload();
  await app.ready();
  await expect(app.engine).toHaveAttribute('data-model', 'tiny@1');
  const atReady = () => (window as typeof window & { indexingAtReady?: string }).indexingAtReady;
  expect(await page.evaluate(atReady)).toBe('running');
  await app.indexed(photos.length);
});
