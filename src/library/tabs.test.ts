import 'fake-indexeddb/auto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Library } from './library';
import { Tabs } from './tabs';
import {
  freshBrowser,
  idle,
  item,
  libraryName,
  openLibrary,
  PixelEncoder,
  photoId,
} from './testing';

let indexingTab: Library;
let otherTab: Library;
let encoder: PixelEncoder;

/** One of two tabs has a model and indexes. */
beforeEach(async () => {
  freshBrowser();
  indexingTab = (await openLibrary()).library;
  encoder = new PixelEncoder();
  indexingTab.setEncoder(encoder);
  await indexingTab.add([item('first.png')]);
  await idle(indexingTab);
  otherTab = (await openLibrary()).library;
});

afterEach(async () => {
  await indexingTab.close();
  await otherTab.close();
});

const files = Array.from({ length: 150 }, (_, index) => item(`${index}.png`));

/** Resolves once both tabs rest and agree. */
async function settled(): Promise<void> {
  await vi.waitUntil(() => {
    const [one, other] = [indexingTab.indexing(), otherTab.indexing()];
    return one.status === 'idle' && other.status === 'idle' && one.total === other.total;
  });
}

test('what one tab takes in, the other sees', async () => {
  await otherTab.add(files.slice(0, 3));
  await settled();
  expect(otherTab.indexing()).toMatchObject({ done: 4, total: 4 });
  expect(otherTab.photos()).toEqual(indexingTab.photos());
});

/** Files that are being encoded when the other tab does something. */
async function indexWhile(other: () => Promise<void>): Promise<void> {
  const encode = vi.spyOn(encoder, 'encodeImages');
  encode.mockImplementationOnce(async (...batch) => {
    await other();
    return await encoder.encodeImages(...batch);
  });
  await indexingTab.add(files);
  await vi.waitUntil(() => encode.mock.calls.length > 0);
  // Entries are taken in their order: once this one is there, no earlier one will come.
  await indexingTab.add([item('last.png')]);
  await vi.waitUntil(() => otherTab.photo(photoId('last.png')), { timeout: 20_000 });
  await settled();
}

test('a tab that counted a file twice, as when opened amid an import, puts that right', async () => {
  const change = { kind: 'inbox-changed', by: 1 } as const;
  new Tabs(libraryName(), () => undefined).tell({ kind: 'changes', changes: [change] });
  await otherTab.add([item('second.png')]);
  await vi.waitUntil(() => otherTab.indexing().done === 2);
  await settled();
  expect(otherTab.indexing()).toMatchObject({ done: 2, total: 2 });
});

test('cancelling in one tab ends what another one indexes', async () => {
  await indexWhile(() => otherTab.cancel());
  // What had been decoded by then, the photo before and the one after.
  expect(indexingTab.photos().length).toBeLessThan(files.length / 2);
  expect(indexingTab.indexing().done).toBe(indexingTab.photos().length);
  expect(otherTab.photos()).toEqual(indexingTab.photos());
});

test('cancelling in one tab ends an import that another one is still reading', async () => {
  let given = 0;
  async function* endless() {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve));
      yield item(`${given++}.png`);
    }
  }
  const added = expect(otherTab.add(endless())).rejects.toMatchObject({ code: 'cancelled' });
  await vi.waitUntil(() => given > 3);
  await indexingTab.cancel();
  await added;
  await settled();
  await otherTab.add([item('later.png')]);
  await vi.waitUntil(() => otherTab.photo(photoId('later.png')));
});

test('clearing in one tab leaves nothing, though another one indexes', async () => {
  await indexWhile(() => otherTab.clear());
  expect(indexingTab.photos()).toHaveLength(1);
  expect(otherTab.photos()).toEqual(indexingTab.photos());
});
