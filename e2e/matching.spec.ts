import { tinyModel } from './support/app-page.ts';
import { samples } from './support/photos.ts';
import { expect, test } from './support/test.ts';

const tinyManifest = 'e2e/fixtures/models/tiny/manifest.json';
const [dog = ''] = samples('shepherd-dog.jpg');

test('sentences are matched with one photo, and each word shows what it matches', async ({
  app,
  page,
}) => {
  await app.open({ model: tinyModel });
  await page.getByRole('link', { name: 'Match' }).first().click();
  await expect(page).toHaveURL(/#match$/);
  await page.getByTestId('subject-input').setInputFiles(dog);
  await expect(page.getByRole('img', { name: 'shepherd-dog.jpg' })).toBeVisible();
  await page.getByRole('textbox', { name: 'Sentences' }).fill('a dog in the snow\n雪地里的狗');

  const matches = page.getByTestId('match');
  await expect(matches).toHaveCount(2);
  for (const match of await matches.all()) {
    await expect(match).toHaveAttribute('data-probability', /^[01]?\.\d+|^[01]$|e-/);
    const probability = Number(await match.getAttribute('data-probability'));
    expect(probability).toBeGreaterThanOrEqual(0);
    expect(probability).toBeLessThanOrEqual(1);
    const heads = await match.locator('dd').allTextContents();
    const [mean = 0, text = 0, image = 0] = heads.map(Number);
    expect(mean, 'the match is the mean of both heads').toBeCloseTo((text + image) / 2, 2);
  }

  await test.step('heat map by word, by keyboard', async () => {
    await matches
      .first()
      .getByRole('button', { name: /Which part does it match/ })
      .click();
    const words = matches.first().getByRole('radio');
    await expect(words).toHaveText(['whole sentence', 'a', 'dog', 'in', 'the', 'snow']);
    await expect(page.getByRole('img', { name: /whole sentence.*is found/ })).toBeVisible();
    await words.nth(0).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('img', { name: /“?dog”?.*is found/ })).toBeVisible();
    await expect(matches.first().getByRole('status')).toContainText('“dog” is found');
  });

  await test.step('the photo did not get into the library', async () => {
    await page.goBack();
    await expect(page.getByTestId('indexing')).toHaveAttribute('data-total', '0');
  });
});

test('what an input method is still composing is not matched', async ({ app, page }) => {
  await app.open({ model: tinyModel });
  await page.getByRole('link', { name: 'Match' }).first().click();
  const hint = page.getByText('Choose a photo to match the sentences with.');
  await expect(hint).toBeVisible();
  await page.getByTestId('subject-input').setInputFiles(dog);
  await expect(hint).toBeHidden();
  const field = page.getByRole('textbox', { name: 'Sentences' });
  const matches = page.getByTestId('match');
  await field.focus();
  const session = await page.context().newCDPSession(page);
  const pinyin = "xue'di";
  const caret = { selectionStart: pinyin.length, selectionEnd: pinyin.length };
  await session.send('Input.imeSetComposition', { text: pinyin, ...caret });
  await expect(field).toHaveValue(pinyin);
  await expect(matches).toHaveCount(0);
  await session.send('Input.insertText', { text: '雪地' });
  await expect(field).toHaveValue('雪地');
  await expect(matches).toHaveAttribute('data-sentence', '雪地');
  await expect(
    page.getByRole('status').filter({ hasText: '雪地' }),
    'the probability is said once it is known',
  ).toHaveText(/^雪地: match \d+%$/);
});

test('a result says why, and leads to the matching of its photo', async ({ app, page }) => {
  await app.open({ model: tinyModel });
  await app.photoInput.setInputFiles(samples('shepherd-dog.jpg', 'cat.jpg'));
  await app.indexed(2);
  const [first] = await app.search('a dog');
  await app.results.locator('[data-rank="1"]').getByRole('button').click();
  await page.getByRole('button', { name: 'Why this photo?' }).click();
  await expect(page.getByRole('img', { name: /is found/ })).toBeVisible();
  await page.getByRole('radio', { name: 'dog' }).click();
  await expect(page.getByRole('img', { name: /“?dog”? is found/ })).toBeVisible();

  await page.getByRole('button', { name: 'Details', exact: true }).click();
  await page.getByRole('button', { name: 'Match sentences with it' }).click();
  await expect(page).toHaveURL(/#match$/);
  await page.getByRole('textbox', { name: 'Sentences' }).fill('a dog');
  const match = page.getByTestId('match');
  await expect(match).toHaveAttribute('data-probability', /./);
  // Quantized activations depend on what else is in the batch.
  expect(Number(await match.getAttribute('data-probability')), 'as in the search').toBeCloseTo(
    first?.match ?? -1,
    3,
  );
});

test('a package without a ranker says why it cannot match', async ({ app, page }) => {
  await page.route(`**/${tinyManifest}`, async (route) => {
    const response = await route.fetch();
    const { graphs, ...manifest } = await response.json();
    const { ranker: _, ...others } = graphs;
    await route.fulfill({ json: { ...manifest, graphs: others } });
  });
  await app.open({ model: tinyModel });
  await page.getByRole('link', { name: 'Match' }).first().click();
  await expect(page.getByRole('alert')).toContainText('no cross encoders');
  await page.getByTestId('subject-input').setInputFiles(dog);
  await page.getByRole('textbox', { name: 'Sentences' }).fill('a dog');
  await expect(page.getByTestId('match'), 'none waits for an answer for ever').toHaveCount(0);
});

test('a sentence of which the model can read nothing says so, and the next one is matched', async ({
  app,
  page,
}) => {
  await page.route(`**/${tinyManifest}`, async (route) => {
    const manifest = await (await route.fetch()).json();
    await route.fulfill({ json: { ...manifest, text: { ...manifest.text, prefix: '' } } });
  });
  const letters = { type: 'BPE', vocab: { a: 0, d: 1, o: 2, g: 3 }, merges: [] };
  await page.route(`**/${tinyModel}/tokenizer.json`, (route) =>
    route.fulfill({ json: { model: letters } }),
  );
  await app.open({ model: tinyModel });
  await page.getByRole('link', { name: 'Match' }).first().click();
  await page.getByTestId('subject-input').setInputFiles(dog);
  await page.getByRole('textbox', { name: 'Sentences' }).fill('🐶\ndog');
  const [nothing, match] = [page.getByTestId('match').nth(0), page.getByTestId('match').nth(1)];
  await expect(match).toHaveAttribute('data-probability', /\d/);
  await expect(nothing.getByRole('alert')).toContainText('The model knows nothing of “🐶”.');
  await expect(nothing).toHaveAttribute('aria-busy', 'false');
});
