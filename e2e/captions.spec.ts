import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { tinyModel } from './support/app-page.ts';
import { manyPhotos, sampleFolder, samples } from './support/photos.ts';
import { expect, test } from './support/test.ts';

const files = ['shepherd-dog.jpg', 'cat.jpg', 'coffee.jpg'];
const [dog = ''] = samples('shepherd-dog.jpg');

test.beforeEach(({ context }) => context.grantPermissions(['clipboard-read', 'clipboard-write']));

test('a photo gets its caption, alternatives, and words that show what they match', async ({
  app,
  page,
}) => {
  await app.open();
  await page.getByRole('link', { name: 'Captions' }).first().click();
  await expect(page).toHaveURL(/#captions$/);
  await page.evaluate(() => {
    const seen = new Set<string>();
    Object.assign(window, { seen });
    new MutationObserver(() => {
      const caption = document.querySelector<HTMLElement>('[data-testid="caption"]');
      if (caption?.dataset.state === 'running') seen.add(caption.textContent);
      // Playwright's own measure of what is visible.
      if (caption?.getBoundingClientRect().height === 0) seen.add('without a box');
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
  await page.getByTestId('subject-input').setInputFiles(dog);

  const caption = page.getByTestId('caption');
  await expect(caption).toHaveAttribute('data-state', 'done');
  await expect(caption).toHaveAttribute('data-language', 'en');
  await expect(caption).toHaveAttribute('data-match', /\d/);
  const text = await caption.textContent();
  expect(text).toMatch(/\w{2}/);
  const seen = await page.evaluate(() => [...(window as unknown as { seen: Set<string> }).seen]);
  expect(seen.length, 'the words come one after the other').toBeGreaterThan(2);
  expect(seen, 'visible before the first word').not.toContain('without a box');
  await expect(
    page.getByRole('status').filter({ hasText: text ?? '' }),
    'read aloud once it is there',
  ).toHaveText(`Caption: ${text}`);

  await test.step('another sentence takes its place', async () => {
    const others = page.getByTestId('caption-alternative');
    const other = others.first();
    await expect(other).toHaveAttribute('data-match', /\d/);
    const count = await others.count();
    const otherText = await other.locator('[lang]').textContent();
    await other.click();
    await expect(caption).toHaveText(otherText ?? '');
    await expect(others).toHaveCount(count);
    await others
      .filter({ hasText: text ?? '' })
      .first()
      .click();
    await expect(caption).toHaveText(text ?? '');
  });

  await test.step('written again, it says something else, and nothing is lost', async () => {
    const others = page.getByTestId('caption-alternative').locator('[lang]');
    const before = [text, ...(await others.allTextContents())];
    await page.getByRole('button', { name: 'Write again' }).click();
    await expect(page.getByRole('button', { name: 'Write again' })).toBeVisible();
    await expect(caption).toHaveAttribute('data-state', 'done');
    expect(before).not.toContain(await caption.textContent());
    await others
      .filter({ hasText: text ?? '' })
      .first()
      .click();
    await expect(caption).toHaveText(text ?? '');
  });

  await test.step('each word shows what it matches, by keyboard and by pointer', async () => {
    await page.getByRole('button', { name: 'Which part does each word match?' }).click();
    const words = page
      .getByRole('radiogroup', { name: 'Words of the sentence' })
      .getByRole('radio');
    await expect(page.getByRole('img', { name: /whole sentence.*is found/ })).toBeVisible();
    await words.first().focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    const word = (await words.nth(1).textContent()) ?? '';
    expect(text).toContain(word);
    await expect(page.getByRole('img', { name: new RegExp(`${word}.*is found`) })).toBeVisible();
    await page.getByRole('button', { name: 'Hide the words' }).click();
    await expect(page.getByRole('img', { name: /is found/ })).toHaveCount(0);
    await caption.getByText(word, { exact: true }).first().hover();
    await expect(page.getByRole('img', { name: new RegExp(`${word}.*is found`) })).toBeVisible();
  });

  await test.step('copied, as it is and as alt text', async () => {
    const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
    await page.getByRole('button', { name: 'Copy', exact: true }).click();
    expect(await clipboard()).toBe(text);
    await page.getByRole('button', { name: 'Copy as alt text' }).click();
    expect(await clipboard()).toBe(`alt="${text}"`);
  });

  await test.step('in other words', async () => {
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await page.getByRole('textbox', { name: 'Caption in your words' }).fill('My dog Rex.');
    await expect(page.getByRole('button', { name: 'Use these words' })).toBeVisible();
    await page.keyboard.press('Enter');
    await expect(caption).toHaveText('My dog Rex.');
    await expect(caption, 'is matched with the photo, too').toHaveAttribute('data-match', /\d/);
  });

  await test.step('in the other language, and back', async () => {
    await page.getByText('简体中文', { exact: true }).click();
    await expect(page.locator('[data-testid=caption][data-language=zh]')).toHaveAttribute(
      'data-state',
      'done',
    );
    expect(await caption.textContent()).not.toBe('My dog Rex.');
    await page.getByText('English', { exact: true }).click();
    await expect(caption).toHaveText('My dog Rex.');
  });

  await test.step('the photo did not get into the library', async () => {
    await expect(page.getByRole('button', { name: 'Keep with the photo' })).toHaveCount(0);
    await expect(app.indexing).toHaveAttribute('data-total', '0');
  });
});

test('a photo that is dropped or pasted is captioned, until it is stopped', async ({
  app,
  page,
}) => {
  await app.open({ model: tinyModel });
  await page.getByRole('link', { name: 'Captions' }).first().click();
  const hand = (event: 'drop' | 'paste', name: string) =>
    page.evaluate(
      async ([kind, file]) => {
        const response = await fetch(`sample/${file}`);
        const data = new DataTransfer();
        data.items.add(new File([await response.blob()], file, { type: 'image/jpeg' }));
        const event =
          kind === 'drop'
            ? new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })
            : new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
        document.body.dispatchEvent(event);
      },
      [event, name] as const,
    );
  const caption = page.getByTestId('caption');
  for (const [event, name] of [
    ['drop', 'cat.jpg'],
    ['paste', 'coffee.jpg'],
  ] as const) {
    await hand(event, name);
    await expect(page.getByRole('img', { name })).toBeVisible();
    await expect(caption).toHaveAttribute('data-state', 'done');
  }

  await test.step('stopped by keyboard, the words so far stay, and it can be written again', async () => {
    const text = await caption.textContent();
    // Pressed by the keyboard, the button keeps the focus: the next press stops.
    await page.getByRole('button', { name: 'Write again' }).focus();
    // Seen by the page itself: the tests' model may have written all before the test looks.
    const stopFocused = page.evaluate(
      () =>
        new Promise<void>((resolve) => {
          new MutationObserver(() => {
            if (document.activeElement?.textContent === 'Stop') resolve();
          }).observe(document.body, { childList: true, characterData: true, subtree: true });
        }),
    );
    await page.keyboard.press('Enter');
    await stopFocused;
    await page.keyboard.press('Enter');
    await expect(page.getByRole('button', { name: 'Write again' })).toBeFocused();
    await expect(caption).toHaveAttribute('data-state', 'done');
    await expect(
      page.locator('[data-testid=caption], [data-testid=caption-alternative]', {
        hasText: text ?? '',
      }),
      'what was there before is not lost',
    ).toHaveCount(1);
  });
});

test('a caption is kept with its photo, edited in the viewer and exported', async ({
  app,
  page,
}) => {
  await app.open({ model: tinyModel });
  await app.photoInput.setInputFiles(samples(...files));
  await app.indexed(files.length);
  const open = async () => {
    await page.getByRole('button', { name: /^shepherd-dog\.jpg/ }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
  };
  await open();
  await page.getByRole('button', { name: 'Details', exact: true }).click();
  await page.getByRole('button', { name: 'Describe it' }).click();
  const caption = page.getByTestId('caption');
  await expect(caption).toHaveAttribute('data-state', 'done');
  const text = (await caption.textContent()) ?? '';
  await page.getByRole('button', { name: 'Keep with the photo' }).click();
  await expect(page.getByText('Kept with the photo')).toBeVisible();

  await test.step('it stands for the photo where that cannot be seen', async () => {
    await page.reload();
    await app.ready();
    await page.getByRole('link', { name: 'Photos' }).first().click();
    await expect(page.getByAltText(text)).toBeVisible();
    await open();
    await expect(page.getByRole('dialog').getByRole('img', { name: text })).toBeVisible();
  });

  const english = page.locator('[data-testid=kept-caption][data-language=en]');
  const chinese = page.locator('[data-testid=kept-caption][data-language=zh]');

  await test.step('written by whom, in the details of the viewer', async () => {
    await page.getByRole('button', { name: 'Details', exact: true }).click();
    await expect(english).toContainText(text);
    await expect(english).toContainText(/written by .+@.+, match \d+%/);
    await english.getByRole('button', { name: 'Edit the caption' }).click();
    await english.getByRole('textbox').fill('My dog, "Rex" <3');
    await page.keyboard.press('Enter');
    await expect(english).toContainText('written by you');
    await expect(english.getByRole('button', { name: 'Write a caption' })).toHaveCount(0);
    await expect(chinese).toContainText('No caption yet');
    await chinese.getByRole('button', { name: 'Write a caption' }).click();
    await expect(chinese).toContainText(/written by .+@.+/);
    await page.getByRole('button', { name: 'Close' }).click();
  });

  await test.step('is found by its words', async () => {
    await app.search('my rex');
    const first = app.results.locator('[data-photo]').first();
    await expect(first.getByAltText('My dog, "Rex" <3')).toBeVisible();
    await app.searchBox.fill('');
  });

  await test.step('exports', async () => {
    const save = async (format: RegExp) => {
      await page.getByRole('button', { name: 'Export' }).click();
      const download = page.waitForEvent('download');
      await page.getByRole('menuitem', { name: format }).click();
      return readFileSync(await (await download).path());
    };
    const sidecars = unzipSync(await save(/ZIP/));
    expect(Object.keys(sidecars)).toEqual(['shepherd-dog.jpg.xmp']);
    const sidecar = strFromU8(sidecars['shepherd-dog.jpg.xmp'] ?? new Uint8Array());
    expect(sidecar).toContain('My dog, &quot;Rex&quot; &lt;3');
    expect((await save(/CSV/)).toString()).toContain('"My dog, ""Rex"" <3"');
    expect((await save(/JSON/)).toString()).toContain('My dog, \\"Rex\\" <3');
  });

  await test.step('taken away', async () => {
    await open();
    const question = page.getByRole('alertdialog');
    await english.getByRole('button', { name: 'Remove the caption' }).click();
    await expect(question, 'nobody else can write it again').toContainText('My dog, "Rex" <3');
    await question.getByRole('button', { name: 'Cancel' }).click();
    await expect(english).toContainText('written by you');
    await english.getByRole('button', { name: 'Remove the caption' }).click();
    await question.getByRole('button', { name: 'Remove' }).click();
    await expect(english).toContainText('No caption yet');
    await chinese.getByRole('button', { name: 'Remove the caption' }).click();
    await expect(chinese, 'a model can').toContainText('No caption yet');
  });
});

test('what a person saves about a photo of the library is kept with it', async ({ app, page }) => {
  await app.open({ model: tinyModel });
  await app.photoInput.setInputFiles(dog);
  await app.indexed(1);
  await page.getByRole('button', { name: /^shepherd-dog\.jpg/ }).click();
  await page.getByRole('button', { name: 'Details', exact: true }).click();
  await page.getByRole('button', { name: 'Describe it' }).click();
  const caption = page.getByTestId('caption');
  await expect(caption).toHaveAttribute('data-state', 'done');
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  await page.getByRole('textbox', { name: 'Caption in your words' }).fill('My dog Rex.');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(caption).toHaveText('My dog Rex.');
  await expect(page.getByText('Kept with the photo')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Edit', exact: true })).toBeFocused();
  await page.reload();
  await app.ready();
  await page.getByRole('link', { name: 'Photos' }).first().click();
  await expect(page.getByAltText('My dog Rex.')).toBeVisible();
});

test('a selection and then everything is captioned in the background', async ({ app, page }) => {
  // Enough to be still at work when somebody pauses.
  const count = 24;
  await app.open({ model: tinyModel });
  await app.photoInput.setInputFiles(manyPhotos(count));
  await app.indexed(count);
  const captioning = page.getByTestId('captioning');
  await expect(captioning).toHaveAttribute('data-state', 'idle');

  await page.getByRole('button', { name: 'Select', exact: true }).click();
  await page.getByRole('checkbox').nth(0).click();
  await page.getByRole('checkbox').nth(1).click();
  await page.getByRole('button', { name: 'Write captions' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('Write captions for 2 photos');
  await dialog.getByRole('button', { name: 'Start' }).click();
  const captioned = page.locator('[data-tile] img:not([alt=""])');
  await expect(captioned).toHaveCount(2);
  await expect(captioning).toHaveAttribute('data-state', 'idle');

  await test.step('what has a caption is done already', async () => {
    await page.getByRole('button', { name: 'Write captions' }).click();
    await expect(dialog).toContainText(`${count - 2} captions will be written`);
  });

  await test.step('paused, it goes on where it was after a reload', async () => {
    await dialog.getByRole('button', { name: 'Start' }).click();
    await captioning.getByRole('button', { name: 'Pause' }).click();
    await expect(captioning).toHaveAttribute('data-state', 'paused');
    const done = async () => Number(await captioning.getAttribute('data-done'));
    const before = await done();
    expect(before).toBeGreaterThanOrEqual(2);
    expect(before).toBeLessThan(count);
    await page.reload();
    await app.ready();
    await expect(captioning).toHaveAttribute('data-state', 'paused');
    expect(await done()).toBeGreaterThanOrEqual(before);
    await captioning.getByRole('button', { name: 'Resume' }).click();
    await expect(page.getByText('The captions are written')).toBeVisible();
    await expect(captioned).toHaveCount(count);
  });

  await test.step('cancelled, what is written stays', async () => {
    await page.getByRole('button', { name: 'Write captions' }).click();
    await expect(dialog).toContainText('all have a caption');
    await expect(dialog.getByRole('button', { name: 'Start' })).toBeDisabled();
    await dialog.getByText('简体中文', { exact: true }).click();
    await expect(dialog).toContainText(`${count} captions will be written`);
    await dialog.getByRole('button', { name: 'Start' }).click();
    await captioning.getByRole('button', { name: 'Pause' }).click();
    await captioning.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Stop' }).click();
    await expect(captioning).toHaveAttribute('data-state', 'idle');
    await expect(captioned).toHaveCount(count);
  });
});

test('XMP files are written beside the photos of a folder, once the person agrees', async ({
  app,
  page,
}) => {
  await app.open({ model: tinyModel });
  const photos = ['cat.jpg', 'coffee.jpg'].map((name) => ({
    name,
    bytes: [...readFileSync(join(sampleFolder, name))],
  }));
  await page.evaluate(async (contents) => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle('trip', { create: true });
    for (const { name, bytes } of contents) {
      const file = await folder.getFileHandle(name, { create: true });
      const writable = await file.createWritable();
      await writable.write(new Uint8Array(bytes));
      await writable.close();
    }
    window.showDirectoryPicker = async () => folder;
  }, photos);
  await page.getByRole('button', { name: 'Choose a folder' }).click();
  await app.indexed(2);
  await app.photoInput.setInputFiles(dog);
  await app.indexed(3);

  await test.step('a tag for a selection, given and taken away by hand', async () => {
    await page.getByRole('button', { name: 'Select', exact: true }).click();
    await page.getByRole('button', { name: 'Select all' }).click();
    await page.getByRole('button', { name: 'Tag', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText('Tags of 3 photos');
    await dialog.getByRole('combobox', { name: 'Add a tag' }).fill('summer, wrong');
    await page.keyboard.press('Enter');
    await expect(dialog.locator('[data-tag]')).toHaveCount(2);
    await dialog.getByRole('button', { name: 'Remove the tag wrong' }).click();
    const question = page.getByRole('alertdialog');
    await expect(question).toContainText('Remove the tag wrong from 3 photos?');
    await question.getByRole('button', { name: 'Remove' }).click();
    await expect(dialog.locator('[data-tag]')).toHaveCount(1);
    await expect(dialog.locator('[data-tag="summer"]')).toContainText('all of them');
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'Done' }).click();
  });

  const written = () =>
    page.evaluate(async () => {
      const root = await navigator.storage.getDirectory();
      const folder = await root.getDirectoryHandle('trip');
      const names: string[] = [];
      for await (const name of folder.keys()) names.push(name);
      return names.filter((name) => name.endsWith('.xmp')).sort();
    });

  await test.step('nothing is written before the person agrees', async () => {
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByRole('menuitem', { name: /beside the photos/ }).click();
    const dialog = page.getByRole('dialog', { name: /beside the photos/ });
    await expect(dialog).toContainText(
      '2 photos lie in “trip”. 1 more did not come with a folder.',
    );
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    expect(await written()).toEqual([]);
  });

  await test.step('and then what was written is said', async () => {
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByRole('menuitem', { name: /beside the photos/ }).click();
    const dialog = page.getByRole('dialog', { name: /beside the photos/ });
    await dialog.getByRole('button', { name: 'Write 2 files' }).click();
    await expect(dialog.getByRole('status')).toContainText('2 files written');
    await expect(dialog.getByRole('status')).toContainText('1 photo did not come with a folder');
    expect(await written()).toEqual(['cat.jpg.xmp', 'coffee.jpg.xmp']);
  });
});

for (const [lacking, message] of [
  ['captioner', 'no captioner'],
  ['ranker', 'no cross encoders'],
] as const) {
  test(`a package without a ${lacking} says what cannot work`, async ({ app, page }) => {
    await page.route(`**/${tinyModel}/manifest.json`, async (route) => {
      const response = await route.fetch();
      const { graphs, ...manifest } = await response.json();
      const { [lacking]: _, ...others } = graphs;
      await route.fulfill({ json: { ...manifest, graphs: others } });
    });
    await app.open({ model: tinyModel });
    await page.getByRole('link', { name: 'Captions' }).first().click();
    await page.getByTestId('subject-input').setInputFiles(dog);
    await expect(page.getByText(message)).toBeVisible();
    const caption = page.getByTestId('caption');
    if (lacking === 'captioner') await expect(caption).toHaveCount(0);
    else {
      await expect(caption).toHaveAttribute('data-state', 'done');
      await expect(caption).not.toHaveAttribute('data-match');
      await expect(page.getByRole('button', { name: /Which part does each word/ })).toHaveCount(0);
    }
  });
}
