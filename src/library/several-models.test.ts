import 'fake-indexeddb/auto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { freshBrowser, idle, item, openLibrary, PixelEncoder, photoId } from './testing';

beforeEach(freshBrowser);
afterEach(() => vi.restoreAllMocks());

async function libraryWithTwoIndexes(tokenBudgetBytes?: number) {
  const { library } = await openLibrary(tokenBudgetBytes === undefined ? {} : { tokenBudgetBytes });
  const first = new PixelEncoder('model@1');
  const second = new PixelEncoder('model@2');
  library.setEncoder(first);
  await library.add([item('a.png'), item('b.png'), item('c.png')]);
  await idle(library);
  library.setEncoder(second);
  await vi.waitFor(async () => expect((await library.indexSizes()).get('model@2')?.photos).toBe(3));
  await idle(library);
  return { library, first, second };
}

test('each model has an index of its own, which can be taken away', async () => {
  const { library } = await libraryWithTwoIndexes();
  const sizes = await library.indexSizes();
  expect([...sizes.keys()]).toEqual(['model@1', 'model@2']);
  expect(sizes.get('model@1')?.bytes).toBeGreaterThan(0);

  await library.removeIndex('model@1');
  expect([...(await library.indexSizes())]).toEqual([['model@2', sizes.get('model@2')]]);
  expect(await library.embedding('model@1', photoId('a.png'))).toBeNull();
  expect(await library.embedding('model@2', photoId('a.png'))).not.toBeNull();
});

test('the index in use is made anew when it is taken away', async () => {
  const { library, second } = await libraryWithTwoIndexes();
  const before = second.encoded;
  await library.removeIndex('model@2');
  expect(library.indexing().done).toBe(0);
  library.setEncoder(null);
  library.setEncoder(second);
  await vi.waitFor(async () => expect((await library.indexSizes()).get('model@2')?.photos).toBe(3));
  expect(second.encoded).toBe(before + 3);
});

test('a model without ranker and captioner keeps no tokens, and pushes none out', async () => {
  // Room for the tokens of one model: twelve values and a scale a photo.
  const { library } = await openLibrary({ tokenBudgetBytes: 3 * 16 });
  const first = new PixelEncoder('model@1');
  const dual = new PixelEncoder('model@2');
  dual.usesTokens = false;
  library.setEncoder(first);
  await library.add([item('a.png'), item('b.png'), item('c.png')]);
  await idle(library);
  library.setEncoder(dual);
  await vi.waitFor(async () => expect((await library.indexSizes()).get('model@2')?.photos).toBe(3));
  await idle(library);
  library.setEncoder(null);
  const ids = ['a.png', 'b.png', 'c.png'].map(photoId);
  expect(await library.imageTokens('model@1', ids)).not.toContain(null);
  await expect(library.imageTokens('model@2', ids)).rejects.toMatchObject({
    code: 'engine-stopped',
  });
});

test('tokens can be asked for as soon as their encoder was given', async () => {
  const { library, first } = await libraryWithTwoIndexes(1);
  library.setEncoder(null);
  library.setEncoder(first);
  const [tokens] = await library.imageTokens('model@1', [photoId('a.png')]);
  expect(tokens).toBeInstanceOf(Float32Array);
});

test('tokens of the model that is searched with are made again while another one indexes', async () => {
  const { library, first } = await libraryWithTwoIndexes(1);
  const ids = [photoId('a.png')];
  await expect(library.imageTokens('model@1', ids)).rejects.toMatchObject({
    code: 'engine-stopped',
  });
  library.setSearchEncoder(first);
  expect((await library.imageTokens('model@1', ids))[0]).toBeInstanceOf(Float32Array);
  expect((await library.imageTokens('model@2', ids))[0]).toBeInstanceOf(Float32Array);
});
