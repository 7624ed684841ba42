import 'fake-indexeddb/auto';
import { openDB } from 'idb';
import { beforeEach, expect, test } from 'vitest';
import type { Library } from './library';
import { openLibraryDatabase } from './storage/database';
import { tagNames } from './tags';
import { freshBrowser, idle, item, openLibrary, PixelEncoder, photoId } from './testing';

beforeEach(freshBrowser);

const a = photoId('a.png');
const b = photoId('b.png');

async function libraryWithPhotos(): Promise<Library> {
  const { library } = await openLibrary();
  library.setEncoder(new PixelEncoder());
  await library.add([item('a.png'), item('b.png')]);
  await idle(library);
  return library;
}

function tagsOf(library: Library) {
  return Object.fromEntries(
    [...library.tags()].map(([id, tags]) => [library.photo(id)?.paths[0], tagNames(tags)]),
  );
}

test('tags are told of, and are there again after a reload, corrections too', async () => {
  const library = await libraryWithPhotos();
  const changed: string[] = [];
  library.subscribe((event) => {
    if (event.type === 'tags-changed') changed.push(...event.ids);
  });
  const cat = { name: 'cat', probability: 0.9 };
  await library.tagByLabels('animals', new Map([[a, [cat]]]));
  await library.addTag([a, b], 'holiday');
  await library.removeTag([a], 'cat');
  expect(changed).toEqual([a, a, b, a]);
  await library.close();

  const { library: reopened } = await openLibrary();
  expect(tagsOf(reopened)).toEqual({ 'a.png': ['holiday'], 'b.png': ['holiday'] });
  await reopened.tagByLabels(
    'animals',
    new Map([
      [a, [cat]],
      [b, [cat]],
    ]),
  );
  expect(tagsOf(reopened)).toEqual({ 'a.png': ['holiday'], 'b.png': ['holiday', 'cat'] });
});

test('a label set takes back only what it gave to photos that were looked at', async () => {
  const library = await libraryWithPhotos();
  const cat = [{ name: 'cat', probability: 0.9 }];
  await library.tagByLabels('animals', new Map([[a, cat] as const, [b, cat] as const]));
  await library.tagByLabels('animals', new Map([[a, []]]));
  expect(tagsOf(library)).toEqual({ 'a.png': [], 'b.png': ['cat'] });
});

test('what does not change is not told, and many photos are tagged in groups', async () => {
  const library = await libraryWithPhotos();
  const told: (readonly string[])[] = [];
  library.subscribe((event) => {
    if (event.type === 'tags-changed') told.push(event.ids);
  });
  const gone = Array.from({ length: 400 }, (_, index) => `gone ${index}`);
  await library.addTag([a, ...gone, b], 'holiday');
  expect(told).toEqual([[a], [b]]);
  const cat = new Map([[a, [{ name: 'cat', probability: 0.9 }]]]);
  await library.tagByLabels('animals', cat);
  told.length = 0;
  await library.addTag([a, b], 'holiday');
  await library.tagByLabels('animals', cat);
  expect(told).toEqual([]);
});

test('a removed photo takes its tags along', async () => {
  const library = await libraryWithPhotos();
  await library.addTag([a, b], 'holiday');
  await library.remove([a]);
  expect(tagsOf(library)).toEqual({ 'b.png': ['holiday'] });
  await library.close();
  const { library: reopened } = await openLibrary();
  expect(tagsOf(reopened)).toEqual({ 'b.png': ['holiday'] });
});

test('a library of the first version keeps its photos, can be tagged and captioned', async () => {
  const library = await libraryWithPhotos();
  const photos = library.photos();
  await library.close();
  await storeAsFirstVersion('old', photos);
  const { library: migrated } = await openLibrary({ name: 'old' });
  expect(migrated.photos()).toEqual(photos);
  await migrated.addTag([a], 'old times');
  expect(tagsOf(migrated)).toEqual({ 'a.png': ['old times'] });
  await migrated.setCaption(a, 'en', { text: 'A cat', source: { kind: 'hand' } });
  expect(migrated.captions().get(a)?.en?.text).toBe('A cat');
});

/** A database as the first version of the schema left it. */
async function storeAsFirstVersion(name: string, photos: readonly unknown[]): Promise<void> {
  const current = await openLibraryDatabase(name, () => {});
  const stores = [...current.objectStoreNames].filter(
    (store) => store !== 'tags' && store !== 'captions',
  );
  const keyPaths = new Map(
    stores.map((store) => [store, current.transaction(store).store.keyPath]),
  );
  current.close();
  indexedDB.deleteDatabase(name);
  const first = await openDB(name, 1, {
    upgrade(database) {
      for (const store of stores) {
        const keyPath = keyPaths.get(store);
        const created = database.createObjectStore(store, {
          ...(keyPath ? { keyPath } : {}),
          autoIncrement: store === 'inbox',
        });
        if (store === 'embeddings' || store === 'tokenUses')
          created.createIndex('photoId', 'photoId');
        if (store === 'tokenUses') created.createIndex('lastUsed', 'lastUsed');
      }
    },
  });
  for (const photo of photos) await first.put('photos', photo);
  first.close();
}
