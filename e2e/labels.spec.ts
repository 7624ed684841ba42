import { readFileSync } from 'node:fs';
import { strFromU8, unzipSync } from 'fflate';
import { tinyModel } from './support/app-page.ts';
import { samples } from './support/photos.ts';
import { expect, test } from './support/test.ts';

const files = ['shepherd-dog.jpg', 'cat.jpg', 'coffee.jpg', 'rocket.jpg'];

test('one photo is sorted by labels of both languages', async ({ app, page }) => {
  await app.open({ model: tinyModel });
  await page.getByRole('link', { name: 'Labels' }).first().click();
  await page.getByTestId('subject-input').setInputFiles(samples('shepherd-dog.jpg'));
  await page.getByRole('textbox', { name: /^Labels/ }).fill('dog, 猫、coffee；火箭\nDog');
  const field = page.getByRole('textbox', { name: /^Labels/ });
  const labels = page.getByTestId('label');
  await expect(labels).toHaveCount(4);
  const probabilities = await labels.evaluateAll((items) =>
    items.map(({ dataset }) => Number(dataset.probability)),
  );
  expect(probabilities.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 4);
  expect(probabilities).toEqual(probabilities.toSorted((a, b) => b - a));

  await test.step('none of these, once the threshold is above every cosine', async () => {
    const slider = page.getByRole('slider', { name: /None of these/ });
    await slider.press('Home');
    await expect(page.getByText('None of these', { exact: true })).toBeHidden();
    await slider.press('End');
    await expect(page.getByText('None of these', { exact: true })).toBeVisible();
  });

  await test.step('templates change the probabilities', async () => {
    await page.getByRole('button', { name: 'Sentences about a label' }).click();
    const english = page.getByRole('textbox', { name: 'English' });
    await english.fill('a blurry picture of my {}');
    await expect(english, 'goes on being typed in').toBeFocused();
    const dog = page.locator('[data-label="dog"]');
    const before = probabilities.map(String);
    await expect
      .poll(async () => before.includes((await dog.getAttribute('data-probability')) ?? ''))
      .toBe(false);
  });

  await test.step('a set is kept for the next visit', async () => {
    await page.getByRole('textbox', { name: 'Name of the set' }).fill('Mine');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Food' }).click();
    await page.reload();
    await app.ready();
    await page.getByRole('button', { name: 'Mine', exact: true }).click();
    await expect(field).toHaveValue(/火箭/);
  });

  await test.step('labels that are in no set, and sets, go only where somebody means it', async () => {
    const question = page.getByRole('alertdialog');
    await field.fill('only here');
    await page.getByRole('button', { name: 'Food' }).click();
    await expect(question).toContainText('Replace the labels that you typed?');
    await question.getByRole('button', { name: 'Cancel' }).click();
    await expect(field).toHaveValue('only here');
    await page.getByRole('button', { name: 'Food' }).click();
    await question.getByRole('button', { name: 'Replace' }).click();
    await expect(field).toHaveValue(/noodles/);
    await page.getByRole('textbox', { name: 'Name of the set' }).fill('Mine');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(question).toContainText('Replace the set “Mine”?');
    await question.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Mine', exact: true }).click();
    await expect(field).toHaveValue(/火箭/);
    await page.getByRole('button', { name: 'Delete the set Mine' }).click();
    await question.getByRole('button', { name: 'Delete' }).click();
    await expect(page.getByRole('button', { name: 'Mine', exact: true })).toHaveCount(0);
  });

  await test.step('what another tab keeps is not lost to this one', async () => {
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.getByRole('textbox', { name: 'Name of the set' }).fill('Theirs');
    await other.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('button', { name: 'Theirs', exact: true })).toBeVisible();
    await field.fill('mine again');
    await other.reload();
    await expect(other.getByRole('button', { name: 'Theirs', exact: true })).toBeVisible();
    await other.close();
  });

  await test.step('text with a picture beside it is pasted as text', async () => {
    const taken = await field.evaluate((element) => {
      const data = new DataTransfer();
      data.items.add(new File(['no picture'], 'cells.png', { type: 'image/png' }));
      data.setData('text/plain', 'dog');
      const event = new ClipboardEvent('paste', {
        clipboardData: data,
        bubbles: true,
        cancelable: true,
      });
      element.dispatchEvent(event);
      return event.defaultPrevented;
    });
    expect(taken).toBe(false);
  });
});

test('the model’s sentences about a label show once the model is there', async ({ app, page }) => {
  let bring = () => {};
  const held = new Promise<void>((resolve) => {
    bring = resolve;
  });
  await page.route(`**/${tinyModel}/tokenizer.json`, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(`?${new URLSearchParams({ backend: 'wasm', lang: 'en', model: tinyModel })}`);
  await page.getByRole('link', { name: 'Labels' }).first().click();
  await page.getByRole('button', { name: 'Sentences about a label' }).click();
  const english = page.getByRole('textbox', { name: 'English' });
  await expect(english).not.toBeEditable();
  bring();
  await app.ready();
  await expect(english).toHaveValue('a photo of {}\n{}');
  await expect(english).toBeEditable();
});

test('the library is tagged by labels, corrected by hand, filtered and exported', async ({
  app,
  page,
}) => {
  await app.open({ model: tinyModel });
  await app.photoInput.setInputFiles(samples(...files));
  await app.indexed(files.length);
  await page.getByRole('link', { name: 'Labels' }).first().click();
  await page.getByText('Whole library', { exact: true }).click();
  await page.getByRole('textbox', { name: /^Labels/ }).fill('dog');

  // Among one label its probability is 1: the cosine alone decides.
  const row = page.locator('[data-label="dog"]');
  await page.getByRole('slider', { name: /None of these/ }).press('Home');
  await expect(row).toHaveAttribute('data-count', String(files.length));
  await page.getByRole('button', { name: `Tag ${files.length} photos` }).click();
  await expect(page.getByText(`${files.length} photos tagged`)).toBeVisible();

  await test.step('a tag is taken away by hand, another one given', async () => {
    await page.getByRole('link', { name: 'Photos' }).first().click();
    await page.getByRole('button', { name: /^coffee\.jpg/ }).click();
    await page.getByRole('button', { name: 'Details', exact: true }).click();
    await page.getByRole('button', { name: 'Remove the tag dog' }).click();
    await page.getByRole('combobox', { name: 'Add a tag' }).fill('morning');
    await page.keyboard.press('Enter');
    await expect(page.locator('[data-tag="morning"]')).toBeVisible();
    await expect(page.locator('[data-tag="dog"]')).toHaveCount(0);
    await page.getByRole('button', { name: 'Close' }).click();
  });

  await test.step('corrections survive a reload and tagging again', async () => {
    await page.getByRole('link', { name: 'Labels' }).first().click();
    await page.reload();
    await app.ready();
    await page.getByText('Whole library', { exact: true }).click();
    await expect(row).toHaveAttribute('data-count', String(files.length));
    await page.getByRole('button', { name: `Tag ${files.length} photos` }).click();
    await expect(page.getByText(`${files.length} photos tagged`)).toBeVisible();
  });

  await test.step('exports', async () => {
    const save = async (format: RegExp) => {
      await page.getByRole('button', { name: 'Export' }).click();
      const download = page.waitForEvent('download');
      await page.getByRole('menuitem', { name: format }).click();
      return readFileSync(await (await download).path());
    };
    const sidecars = unzipSync(await save(/ZIP/));
    expect(Object.keys(sidecars).sort()).toEqual(files.map((name) => `${name}.xmp`).sort());
    const coffee = strFromU8(sidecars['coffee.jpg.xmp'] ?? new Uint8Array());
    expect(coffee).toContain('<rdf:li>morning</rdf:li>');
    expect(coffee).not.toContain('<rdf:li>dog</rdf:li>');
    expect((await save(/CSV/)).toString()).toMatch(/cat\.jpg,[0-9a-f]{64},tag,,dog,label set,/);
    const { photos } = JSON.parse((await save(/JSON/)).toString());
    const refused = photos.filter((photo: { refused: string[] }) => photo.refused.length > 0);
    expect(refused).toMatchObject([{ paths: ['coffee.jpg'], refused: ['dog'] }]);
  });

  await test.step('library and search show only photos with the tag', async () => {
    await page.getByRole('link', { name: 'Photos' }).first().click();
    await page.getByRole('button', { name: 'Tags', exact: true }).click();
    await page.getByRole('option', { name: /dog/ }).click();
    await expect(page.getByRole('searchbox', { name: 'Find a tag' })).toBeHidden();
    await expect(page.getByRole('button', { name: /\.jpg/ })).toHaveCount(files.length - 1);
    const results = await app.search('a photo');
    expect(results.map(({ photo }) => photo).sort()).toEqual(
      files.filter((name) => name !== 'coffee.jpg').sort(),
    );
    await page.getByRole('button', { name: 'Show all photos' }).click();
    await expect(app.results.locator('[data-photo]')).toHaveCount(files.length);
  });

  await test.step('photos of which there is nothing to say make no empty file', async () => {
    await app.searchBox.fill('');
    await page.getByRole('button', { name: 'Select', exact: true }).click();
    await page.getByRole('checkbox', { name: /coffee\.jpg/ }).click();
    const bar = page.getByRole('toolbar', { name: 'Select' });
    await bar.getByRole('button', { name: 'Tag', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Remove the tag morning' }).click();
    await expect(dialog.locator('[data-tag]')).toHaveCount(0);
    await dialog.getByRole('button', { name: 'Close' }).click();
    await bar.getByRole('button', { name: 'Export' }).click();
    await page.getByRole('menuitem', { name: /CSV/ }).click();
    await expect(page.getByText('Nothing to export yet')).toBeVisible();

    await bar.getByRole('button', { name: 'Export' }).click();
    const download = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: /JSON/ }).click();
    const { photos } = JSON.parse(readFileSync(await (await download).path(), 'utf8'));
    expect(photos, 'what was taken away by hand is known, too').toMatchObject([
      { paths: ['coffee.jpg'], tags: [], refused: ['dog', 'morning'] },
    ]);
  });
});
