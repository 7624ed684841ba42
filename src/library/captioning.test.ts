import 'fake-indexeddb/auto';
import { beforeEach, expect, test } from 'vitest';
import type { StoredCaption } from './captions';
import type { Library } from './library';
import { freshBrowser, idle, item, openLibrary, PixelEncoder, photoId } from './testing';

beforeEach(freshBrowser);

const a = photoId('a.png');
const b = photoId('b.png');
const byModel: StoredCaption = {
  text: '一只狗在雪地里',
  source: { kind: 'model', modelKey: 'model@1', match: 0.75 },
};
const byHand: StoredCaption = { text: 'Rex in the snow', source: { kind: 'hand' } };

async function libraryWithPhotos(): Promise<Library> {
  const { library } = await openLibrary();
  library.setEncoder(new PixelEncoder());
  await library.add([item('a.png'), item('b.png')]);
  await idle(library);
  return library;
}

test('captions are told of, one a language, and are there again after a reload', async () => {
  const library = await libraryWithPhotos();
  const changed: string[] = [];
  library.subscribe((event) => {
    if (event.type === 'captions-changed') changed.push(...event.ids);
  });
  const before = library.captions();
  await library.setCaption(a, 'zh', byModel);
  await library.setCaption(a, 'en', byHand);
  await library.setCaption(b, 'en', byModel);
  await library.removeCaption(b, 'en');
  await library.removeCaption(b, 'zh');
  expect(changed).toEqual([a, a, b, b]);
  expect(before.size).toBe(0);
  await library.close();

  const { library: reopened } = await openLibrary();
  expect([...reopened.captions()]).toEqual([[a, { zh: byModel, en: byHand }]]);
});

test("a model's caption never replaces one by hand", async () => {
  const library = await libraryWithPhotos();
  await library.setCaption(a, 'en', byModel);
  await library.setCaption(a, 'en', byHand);
  await library.setCaption(a, 'en', byModel);
  expect(library.captions().get(a)?.en).toEqual(byHand);
});

test("a person's caption gives way to a model's in one write where the person asks for it", async () => {
  const library = await libraryWithPhotos();
  await library.setCaption(a, 'zh', byHand);
  await library.setCaption(a, 'en', byHand);
  const seen: (StoredCaption | undefined)[] = [];
  library.subscribe(() => seen.push(library.captions().get(a)?.en));
  await library.replaceCaption(a, 'en', byModel);
  // Never without any: a page that ends amid the change loses nothing.
  expect(seen).toEqual([byModel]);
  await library.close();
  const { library: reopened } = await openLibrary();
  expect(reopened.captions().get(a)).toEqual({ zh: byHand, en: byModel });
});

test('a removed photo takes its captions along, and gets none afterwards', async () => {
  const library = await libraryWithPhotos();
  await library.setCaption(a, 'zh', byModel);
  await library.remove([a]);
  await library.setCaption(a, 'zh', byModel);
  expect(library.captions().size).toBe(0);
  await library.close();
  const { library: reopened } = await openLibrary();
  expect(reopened.captions().size).toBe(0);
});
