import 'fake-indexeddb/auto';
import { openDB } from 'idb';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AppError } from '../errors';
import type { EmbeddingEntry, Library, LibraryEvent } from './library';
import {
  freshBrowser,
  idle,
  indexing,
  item,
  libraryName,
  openLibrary,
  PixelEncoder,
  photoId,
  TextFileDecoder,
} from './testing';

beforeEach(freshBrowser);
afterEach(() => vi.restoreAllMocks());

async function embeddings(library: Library, modelKey: 'model@1' | 'model@2' = 'model@1') {
  const all: EmbeddingEntry[] = [];
  for await (const block of library.embeddings(modelKey)) all.push(...block);
  return all;
}

const names = (library: Library) => library.photos().map(({ paths }) => paths.join(' '));

describe('importing', () => {
  test('files become photos with thumbnail, picture and vectors', async () => {
    const { library } = await openLibrary();
    library.setEncoder(new PixelEncoder());
    await library.add([item('a.png'), item('sub/b.png')]);
    expect(await idle(library)).toMatchObject({ done: 2, total: 2, failed: 0 });

    expect(library.photo(photoId('a.png'))).toMatchObject({
      paths: ['a.png'],
      bytes: 5,
      type: 'image/png',
      width: 40,
      height: 30,
      takenAt: 1000,
    });
    expect(await (await library.thumbnail(photoId('a.png'))).text()).toBe('small a.png');
    const picture = await library.picture(photoId('sub/b.png'));
    expect([await picture.blob.text(), picture.original]).toEqual(['sub/b.png', true]);
    expect((await embeddings(library)).map(({ id }) => id).sort()).toEqual(
      [photoId('a.png'), photoId('sub/b.png')].sort(),
    );
  });

  test('the same content is one photo with several paths, encoded once', async () => {
    const { library } = await openLibrary();
    const encoder = new PixelEncoder();
    library.setEncoder(encoder);
    await library.add([item('a.png', 'same'), item('b.png', 'same'), item('c.png', 'other')]);
    expect(await idle(library)).toMatchObject({ done: 2, total: 2 });
    const changed: string[] = [];
    library.subscribe((event) => {
      if (event.type === 'photos-changed') changed.push(...event.photos.map(({ id }) => id));
    });
    await library.add([item('d.png', 'same'), item('a.png', 'same')]);
    expect(await idle(library)).toMatchObject({ done: 2, total: 2 });

    expect(library.photo(photoId('same'))?.paths).toEqual(['a.png', 'b.png', 'd.png']);
    expect(encoder.encoded).toBe(2);
    expect(changed).toEqual([photoId('same')]);
  });

  test('files that are no good photos are listed until dismissed, and skipped', async () => {
    const { library } = await openLibrary();
    library.setEncoder(new PixelEncoder());
    await library.add([item('empty.png', ''), item('b.png', 'broken'), item('good.png')]);
    expect(await idle(library)).toMatchObject({ done: 1, total: 3, failed: 2 });
    await library.close();

    const reopened = (await openLibrary()).library;
    const failures = reopened.failures().map(({ path, error }) => [path, error.code]);
    expect(failures.sort()).toEqual([
      ['b.png', 'photo-broken'],
      ['empty.png', 'file-empty'],
    ]);
    expect(reopened.indexing()).toMatchObject({ done: 1, total: 3, failed: 2 });
    await reopened.dismissFailures();
    expect(reopened.failures()).toEqual([]);
    expect(reopened.indexing()).toMatchObject({ done: 1, total: 1, failed: 0 });
  });

  test('what came before the source failed is kept', async () => {
    const { library } = await openLibrary();
    library.setEncoder(new PixelEncoder());
    async function* failing() {
      yield item('a.png');
      throw new AppError('download-failed', 'The rest is not there.');
    }
    await expect(library.add(failing())).rejects.toMatchObject({ code: 'download-failed' });
    expect(await idle(library)).toMatchObject({ done: 1, total: 1 });
  });

  test('photos are there before there is a model, which then makes their vectors', async () => {
    const { library } = await openLibrary();
    await library.add([item('a.png'), item('b.png'), item('c.png', 'b.png'), item('d.png', '')]);
    await vi.waitUntil(() => library.photos().length === 2 && library.failures().length === 1);
    expect(await (await library.thumbnail(photoId('a.png'))).text()).toBe('small a.png');
    expect(library.photo(photoId('b.png'))?.paths).toEqual(['b.png', 'c.png']);
    expect(library.indexing()).toMatchObject({ status: 'running', done: 0, total: 3, failed: 1 });

    library.setEncoder(new PixelEncoder());
    expect(await idle(library)).toMatchObject({ done: 2, total: 3, failed: 1 });
    expect(await embeddings(library)).toHaveLength(2);
  });

  test('photos are there before the first of them is encoded', async () => {
    const { library } = await openLibrary();
    const encoder = new PixelEncoder();
    let encode = () => {};
    encoder.before = new Promise((resolve) => {
      encode = resolve;
    });
    library.setEncoder(encoder);
    await library.add(Array.from({ length: 20 }, (_, index) => item(`${index}.png`)));
    await vi.waitUntil(() => library.photos().length === 20);
    expect(library.indexing()).toMatchObject({ status: 'running', done: 0, total: 20 });
    encode();
    expect(await idle(library)).toMatchObject({ done: 20, total: 20 });
  });

  test('the indexing is under way as soon as files are given, known ones too', async () => {
    const { library } = await openLibrary();
    library.setEncoder(new PixelEncoder());
    const told: string[] = [];
    library.subscribe((event) => {
      if (event.type === 'indexing') told.push(event.state.status);
    });
    for (const total of [0, 1]) {
      told.length = 0;
      const added = library.add([item('a.png')]);
      expect(library.indexing()).toMatchObject({ status: 'running', total });
      expect(told).toEqual(['running']);
      await added;
      expect(library.indexing().status).toBe('running');
      expect(await idle(library)).toMatchObject({ done: 1, total: 1 });
    }
  });

  test('nothing to import leaves the library idle', async () => {
    const { library } = await openLibrary();
    library.setEncoder(new PixelEncoder());
    await library.add([]);
    expect(library.indexing()).toMatchObject({ status: 'idle', total: 0 });
  });

  test('listeners never meet counts that do not fit together', async () => {
    const { library } = await openLibrary();
    const statuses: string[] = [];
    const events: LibraryEvent['type'][] = [];
    library.subscribe((event) => {
      const { status, done, total } = library.indexing();
      events.push(event.type);
      if (event.type === 'embeddings-added') {
        const known = event.entries.every(({ id }) => library.photo(id));
        expect([known, done <= library.photos().length, total]).toEqual([true, true, 9]);
      }
      if (statuses.at(-1) !== status) statuses.push(status);
    });
    library.setEncoder(new PixelEncoder());
    await library.add(Array.from({ length: 9 }, (_, index) => item(`${index}.png`)));
    await idle(library);
    expect(statuses).toEqual(['running', 'idle']);
    expect(new Set(events)).toEqual(new Set(['indexing', 'photos-added', 'embeddings-added']));
  });
});

describe('after a reload', () => {
  test('indexing goes on where it was, and nothing is done twice', async () => {
    const paths = Array.from({ length: 20 }, (_, index) => `${index}.png`);
    const before = await openLibrary();
    const encoder = new PixelEncoder();
    before.library.setEncoder(encoder);
    await before.library.add(paths.map((path) => item(path)));
    await indexing(before.library, ({ done }) => done >= 6);
    await before.library.close();

    const after = await openLibrary();
    const { done, total } = after.library.indexing();
    expect([done < 20, total]).toEqual([true, 20]);
    const second = new PixelEncoder();
    after.library.setEncoder(second);
    expect(await idle(after.library)).toMatchObject({ done: 20, total: 20 });
    expect(second.encoded).toBe(20 - done);
    expect(before.decoder.prepared.length + after.decoder.prepared.length).toBe(20);
  });

  test('files that no model waits for are taken in', async () => {
    const before = await openLibrary();
    vi.spyOn(before.decoder, 'identify').mockRejectedValue(new AppError('internal', 'no worker'));
    await before.library.add([item('a.png')]);
    await indexing(before.library, ({ status }) => status === 'failed');
    await before.library.close();

    const { library } = await openLibrary();
    await vi.waitUntil(() => library.photos().length === 1);
    expect(library.indexing()).toMatchObject({ status: 'running', done: 0, total: 1 });
  });

  test('a pause is still a pause', async () => {
    const before = (await openLibrary()).library;
    await before.add([item('a.png')]);
    before.pause();
    await before.close();

    const { library } = await openLibrary();
    library.setEncoder(new PixelEncoder());
    expect(library.indexing()).toMatchObject({ status: 'paused', done: 0, total: 1 });
    library.resume();
    expect(await idle(library)).toMatchObject({ done: 1 });
  });

  test('files too large to be copied must be chosen again', async () => {
    const before = (await openLibrary({ inboxBudgetBytes: 8 })).library;
    await before.add([item('small.png', '12345'), item('large.png', '1234567890')]);
    await before.close();

    const { library } = await openLibrary({ inboxBudgetBytes: 8 });
    library.setEncoder(new PixelEncoder());
    expect(await idle(library)).toMatchObject({ done: 1, total: 2, failed: 1 });
    expect(library.failures()).toMatchObject([
      { path: 'large.png', error: { code: 'file-not-kept' } },
    ]);
    await library.add([item('small.png', '12345'), item('large.png', '1234567890')]);
    expect(await idle(library)).toMatchObject({ done: 2, total: 2, failed: 0 });
    expect(library.failures()).toEqual([]);
  });

  test('files that were not copied are indexed while the page lives', async () => {
    const { library } = await openLibrary({ inboxBudgetBytes: 0 });
    library.setEncoder(new PixelEncoder());
    await library.add([item('a.png'), item('b.png')]);
    expect(await idle(library)).toMatchObject({ done: 2, total: 2, failed: 0 });
  });
});

describe('pausing and cancelling', () => {
  test('indexing goes on, and pauses, while files come more slowly than they are done', async () => {
    const { library } = await openLibrary();
    library.setEncoder(new PixelEncoder());
    const statuses: string[] = [];
    library.subscribe((event) => {
      if (event.type === 'indexing') statuses.push(event.state.status);
    });
    async function* slowly() {
      yield item('a.png');
      await new Promise((resolve) => setTimeout(resolve, 300));
      yield item('b.png');
      await indexing(library, ({ done }) => done === 2);
      expect(library.indexing().status).toBe('running');
      library.pause();
      expect(library.indexing().status).toBe('paused');
      yield item('c.png');
    }
    await library.add(slowly());
    expect(statuses.slice(statuses.indexOf('running'))).not.toContain('idle');
    expect(library.indexing()).toMatchObject({ status: 'paused', done: 2, total: 3 });
    library.resume();
    expect(await idle(library)).toMatchObject({ done: 3, total: 3 });
  });

  test('a pause ends with an import of which no further file came', async () => {
    const { library } = await openLibrary();
    library.setEncoder(new PixelEncoder());
    async function* source() {
      yield item('a.png');
      await new Promise((resolve) => setTimeout(resolve, 300));
      yield item('b.png');
      await indexing(library, ({ done }) => done === 2);
      expect(library.indexing().secondsLeft).toBeNull();
      library.pause();
    }
    await library.add(source());
    expect(library.indexing()).toMatchObject({ status: 'idle', done: 2, total: 2 });
  });

  test('a cancelled import is over, though its source has not ended', async () => {
    const { library } = await openLibrary();
    library.setEncoder(new PixelEncoder());
    let end = () => {};
    async function* endlessly() {
      yield item('a.png');
      await new Promise((resolve) => setTimeout(resolve, 300));
      yield item('b.png');
      await new Promise<void>((resolve) => {
        end = resolve;
      });
    }
    const added = library.add(endlessly());
    const cancelled = expect(added).rejects.toMatchObject({ code: 'cancelled' });
    await indexing(library, ({ done }) => done === 2);
    await library.cancel();
    expect(library.indexing()).toMatchObject({ status: 'idle', done: 2, total: 2 });
    end();
    await cancelled;
  });

  test('pause stops, resume goes on', async () => {
    const { library } = await openLibrary();
    const encoder = new PixelEncoder();
    encoder.onBatch = () => library.pause();
    library.setEncoder(encoder);
    await library.add(Array.from({ length: 8 }, (_, index) => item(`${index}.png`)));
    await indexing(library, ({ status }) => status === 'paused');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(library.indexing()).toMatchObject({ status: 'paused', done: 0, total: 8 });

    encoder.onBatch = () => {};
    library.resume();
    expect(await idle(library)).toMatchObject({ done: 8, total: 8 });
  });

  test('cancel drops what is queued and keeps what is in', async () => {
    const { library, decoder } = await openLibrary();
    library.setEncoder(new PixelEncoder());
    await library.add([item('kept.png')]);
    await idle(library);
    vi.spyOn(decoder, 'identify').mockRejectedValue(new AppError('internal', 'no worker'));
    await library.add([item('dropped.png')]);
    await indexing(library, ({ status }) => status === 'failed');
    const events: string[] = [];
    library.subscribe(({ type }) => events.push(type));
    await library.cancel();
    expect(events).toContain('queue-dropped');
    expect(await idle(library)).toMatchObject({ done: 1, total: 1 });
    expect(names(library)).toEqual(['kept.png']);
  });

  test('cancel ends an import that is still reading its folder', async () => {
    const { library } = await openLibrary();
    let given = 0;
    async function* endless() {
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve));
        yield item(`${given++}.png`);
      }
    }
    const adding = expect(library.add(endless())).rejects.toMatchObject({ code: 'cancelled' });
    await vi.waitUntil(() => given > 3);
    await library.cancel();
    await adding;
    expect(library.indexing()).toMatchObject({ status: 'idle', total: 0 });
  });
});

describe('when something fails', () => {
  test('an engine that starts anew is waited for, and goes on', async () => {
    const { library } = await openLibrary();
    const statuses = new Set<string>();
    library.subscribe(() => statuses.add(library.indexing().status));
    const lost = new PixelEncoder();
    const encode = vi.spyOn(lost, 'encodeImages').mockImplementation(async () => {
      // As the engine does it: its state tells before the call that was under way fails.
      library.setEncoder(null);
      throw new AppError('device-lost', 'lost');
    });
    library.setEncoder(lost);
    await library.add([item('a.png')]);
    await vi.waitUntil(() => encode.mock.calls.length > 0);
    library.setEncoder(new PixelEncoder());
    expect(await idle(library)).toMatchObject({ done: 1, failed: 0 });
    expect([...statuses]).toEqual(['running', 'idle']);
  });

  test('an engine that stays broken fails the indexing and loses nothing', async () => {
    const { library } = await openLibrary();
    const encoder = new PixelEncoder();
    encoder.trouble.push(new AppError('run-failed', '1'));
    library.setEncoder(encoder);
    await library.add([item('a.png')]);
    const failed = await indexing(library, ({ status }) => status === 'failed');
    expect(failed).toMatchObject({ done: 0, total: 1, failed: 0, error: { code: 'run-failed' } });
    library.resume();
    expect(await idle(library)).toMatchObject({ done: 1 });
  });

  test('a newer version of the app is named, whatever fails because of it', async () => {
    const { library, decoder } = await openLibrary();
    const encoder = new PixelEncoder();
    library.setEncoder(encoder);
    await library.add([item('a.png')]);
    await idle(library);
    let encode = () => {};
    encoder.before = new Promise((resolve) => {
      encode = resolve;
    });
    await library.add([item('b.png')]);
    await vi.waitUntil(() => decoder.prepared.length === 2);
    const newer = await openDB(libraryName(), 99);
    // Only now the run ends, and finds that the photo cannot be written any more.
    encode();
    await vi.waitUntil(() => library.indexing().status === 'failed');
    const outdated = { code: 'app-outdated' };
    expect(library.indexing()).toMatchObject({ error: outdated });
    await expect(openLibrary()).rejects.toMatchObject(outdated);
    newer.close();
  });

  test('a full disk stops the indexing and loses nothing', async () => {
    const { library } = await openLibrary();
    const put = IDBObjectStore.prototype.put;
    let full = true;
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (
      this: IDBObjectStore,
      ...args: Parameters<typeof put>
    ) {
      const request = put.apply(this, args);
      if (full && this.name === 'pictures') {
        const error = new DOMException('full', 'QuotaExceededError');
        Object.defineProperty(this.transaction, 'error', { value: error });
        this.transaction.abort();
      }
      return request;
    });
    library.setEncoder(new PixelEncoder());
    await library.add([item('a.png'), item('b.png'), item('c.png')]);
    const failed = await indexing(library, ({ status }) => status === 'failed');
    expect(failed).toMatchObject({ done: 0, total: 3, error: { code: 'storage-full' } });
    expect(await embeddings(library)).toEqual([]);
    full = false;
    library.resume();
    expect(await idle(library)).toMatchObject({ done: 3, total: 3 });
  });

  test('a disk that was full from the start keeps no photo from its vectors', async () => {
    const { library } = await openLibrary();
    const put = IDBObjectStore.prototype.put;
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (
      this: IDBObjectStore,
      ...args: Parameters<typeof put>
    ) {
      if (args[1] === 'modelKey') throw new DOMException('full', 'QuotaExceededError');
      return put.apply(this, args);
    });
    library.setEncoder(new PixelEncoder());
    await library.add([item('a.png')]);
    expect(await idle(library)).toMatchObject({ done: 1, total: 1 });
  });

  test('a decoder that cannot start fails the indexing, not the photos', async () => {
    const decoder = new TextFileDecoder();
    const { library } = await openLibrary({ decoder });
    const identify = vi.spyOn(decoder, 'identify');
    identify.mockRejectedValue(new AppError('internal', 'no worker'));
    library.setEncoder(new PixelEncoder());
    await library.add([item('a.png')]);
    await indexing(library, ({ status }) => status === 'failed');
    expect(library.failures()).toEqual([]);
    identify.mockRestore();
    library.resume();
    expect(await idle(library)).toMatchObject({ done: 1 });
  });
});

describe('a new model', () => {
  test('photos get its vectors beside those of the old one, without another import', async () => {
    const { library, decoder } = await openLibrary();
    library.setEncoder(new PixelEncoder('model@1'));
    await library.add([item('a.png'), item('b.png'), item('c.png')]);
    await idle(library);

    const second = new PixelEncoder('model@2');
    library.setEncoder(second);
    await vi.waitUntil(() => second.encoded === 3);
    expect(await idle(library)).toMatchObject({ done: 3, total: 3 });
    expect(decoder.prepared).toHaveLength(3);
    expect(await embeddings(library, 'model@1')).toHaveLength(3);
    expect(await embeddings(library, 'model@2')).toHaveLength(3);

    await library.close();
    expect((await openLibrary()).library.indexing()).toMatchObject({ done: 3, total: 3 });
  });

  test('a photo whose picture cannot be read is listed and stays', async () => {
    const { library, decoder } = await openLibrary();
    library.setEncoder(new PixelEncoder('model@1'));
    await library.add([item('a.png'), item('b.png')]);
    await idle(library);
    vi.spyOn(decoder, 'preparePixels').mockRejectedValueOnce(
      new AppError('photo-broken', 'damaged'),
    );
    library.setEncoder(new PixelEncoder('model@2'));
    expect(await indexing(library, ({ failed }) => failed === 1)).toMatchObject({ total: 2 });
    expect(await idle(library)).toMatchObject({ done: 1, total: 2, failed: 1 });
    expect(library.photos()).toHaveLength(2);
    await library.dismissFailures();
    expect(await indexing(library, ({ done }) => done === 2)).toMatchObject({ failed: 0 });
  });
});

describe('image tokens', () => {
  const tokensOf = (content: string) =>
    new TextFileDecoder().preparePixels({ blob: new Blob([content]) });

  test('are kept, and computed again where they were dropped', async () => {
    // Room for one photo: 12 values and one scale.
    const { library } = await openLibrary({ tokenBudgetBytes: 16 });
    const encoder = new PixelEncoder();
    library.setEncoder(encoder);
    await library.add([item('a.png'), item('b.png')]);
    await idle(library);
    expect(encoder.encoded).toBe(2);

    const ids = [photoId('b.png'), photoId('gone.png'), photoId('a.png')];
    const [b, gone, a] = await library.imageTokens('model@1', ids);
    expect(encoder.encoded).toBe(3);
    expect(gone).toBeNull();
    for (const [tokens, content] of [
      [a, 'a.png'],
      [b, 'b.png'],
    ] as const) {
      const expected = (await tokensOf(content)).data;
      for (const [index, value] of expected.entries()) {
        expect(Math.abs((tokens?.[index] ?? Number.NaN) - value)).toBeLessThanOrEqual(1.01);
      }
    }
  });

  test('are read although the disk is full', async () => {
    const { library } = await openLibrary();
    library.setEncoder(new PixelEncoder());
    await library.add([item('a.png')]);
    await idle(library);
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore) {
      const error = new DOMException('full', 'QuotaExceededError');
      Object.defineProperty(this.transaction, 'error', { value: error });
      this.transaction.abort();
      throw error;
    });
    const [tokens] = await library.imageTokens('model@1', [photoId('a.png')]);
    expect(tokens).toHaveLength(12);
  });

  test('of another model than the current one cannot be computed', async () => {
    const { library } = await openLibrary({ tokenBudgetBytes: 0 });
    library.setEncoder(new PixelEncoder());
    await library.add([item('a.png')]);
    await idle(library);
    await expect(library.imageTokens('model@2', [photoId('a.png')])).rejects.toMatchObject({
      code: 'engine-stopped',
    });
  });
});

describe('removing', () => {
  test('takes the photo and everything of it', async () => {
    const { library } = await openLibrary();
    library.setEncoder(new PixelEncoder());
    await library.add([item('a.png'), item('b.png')]);
    await idle(library);
    await library.remove([photoId('a.png')]);

    expect(names(library)).toEqual(['b.png']);
    expect(library.indexing()).toMatchObject({ done: 1, total: 1 });
    expect(await embeddings(library)).toHaveLength(1);
    expect(await library.imageTokens('model@1', [photoId('a.png')])).toEqual([null]);
    await expect(library.thumbnail(photoId('a.png'))).rejects.toMatchObject({
      code: 'source-gone',
    });
  });

  test('a removed photo can be imported again', async () => {
    const { library } = await openLibrary();
    library.setEncoder(new PixelEncoder());
    await library.add([item('a.png')]);
    await idle(library);
    await library.remove([photoId('a.png')]);
    await library.add([item('a.png')]);
    expect(await idle(library)).toMatchObject({ done: 1, total: 1 });
  });

  test('clear empties the library, its queue and its failures', async () => {
    const { library } = await openLibrary();
    library.setEncoder(new PixelEncoder());
    await library.add([item('a.png'), item('b.png', 'broken')]);
    await idle(library);
    library.setEncoder(null);
    await library.add([item('c.png')]);
    await library.clear();
    expect(library.indexing()).toMatchObject({ status: 'idle', done: 0, total: 0, failed: 0 });
    await library.close();
    const reopened = (await openLibrary()).library;
    expect(reopened.photos()).toEqual([]);
    expect(reopened.indexing()).toMatchObject({ status: 'idle', total: 0 });
  });
});
