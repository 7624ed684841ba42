import 'fake-indexeddb/auto';
import { beforeEach, expect, test } from 'vitest';
import { freshBrowser } from '../testing';
import { inTransaction, type LibraryDatabase, openLibraryDatabase, readSetting } from './database';
import { deleteTokens, TokenStore } from './tokens';

/** Bytes of one photo's 64 values and their scale. */
const photoBytes = 68;
let database: LibraryDatabase;

beforeEach(async () => {
  freshBrowser();
  database = await openLibraryDatabase('test', () => {});
});

async function put(store: TokenStore, id: string, modelKey: 'm@1' | 'm@2' = 'm@1') {
  const tokens = new Float32Array(64).fill(1);
  await inTransaction(database, (transaction) =>
    store.put(transaction, modelKey, [{ id, tokens }]),
  );
  // Uses are told apart by the millisecond.
  await new Promise((resolve) => setTimeout(resolve, 2));
}

async function stored(store: TokenStore, ids: readonly string[]): Promise<readonly boolean[]> {
  return (await store.get('m@1', ids)).map((tokens) => tokens !== null);
}

test('the least recently used tokens make room for new ones', async () => {
  const store = new TokenStore(database, 3 * photoBytes);
  for (const id of ['a', 'b', 'c']) await put(store, id);
  await store.get('m@1', ['a']);
  await new Promise((resolve) => setTimeout(resolve, 2));
  await put(store, 'd');
  expect(await stored(store, ['a', 'b', 'c', 'd'])).toEqual([true, false, true, true]);
  expect(await readSetting(database, 'tokenBytes')).toBe(3 * photoBytes);
});

test('tokens that replace others count once', async () => {
  const store = new TokenStore(database, 10 * photoBytes);
  await put(store, 'a');
  await put(store, 'a');
  expect(await readSetting(database, 'tokenBytes')).toBe(photoBytes);
});

test('deleting a photo deletes its tokens of every model', async () => {
  const store = new TokenStore(database, 10 * photoBytes);
  await put(store, 'a', 'm@1');
  await put(store, 'a', 'm@2');
  await put(store, 'b', 'm@1');
  await inTransaction(database, (transaction) => deleteTokens(transaction, 'a'));
  expect(await database.count('tokens')).toBe(1);
  expect(await database.count('tokenUses')).toBe(1);
  expect(await readSetting(database, 'tokenBytes')).toBe(photoBytes);
});

test('a photo that is removed while its tokens are read leaves no use behind', async () => {
  const store = new TokenStore(database, 10 * photoBytes);
  await put(store, 'a');
  const read = store.get('m@1', ['a']);
  await inTransaction(database, (transaction) => deleteTokens(transaction, 'a'));
  expect((await read)[0]).toHaveLength(64);
  expect(await database.count('tokenUses')).toBe(0);
});

test('tokens are given although their use cannot be noted any more', async () => {
  const store = new TokenStore(database, 10 * photoBytes);
  await put(store, 'a');
  const read = store.get('m@1', ['a']);
  database.close();
  expect((await read)[0]).toHaveLength(64);
});
