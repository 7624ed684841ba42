import { expect, it } from 'vitest';
import type { LibraryDatabase } from './database';
import { readPicture } from './photos';

const preview = new Blob(['preview']);
const file = new File(['the whole file'], 'a.jpg');

/** A database that holds one photo of the file's size, whose picture is a preview. */
function holding(handle: Partial<FileSystemFileHandle> | null, showable = true): LibraryDatabase {
  const records = new Map<string, unknown>([
    ['pictures', { blob: preview, original: false, showable }],
    ['photos', { id: 'p', bytes: file.size }],
    ['originals', handle ? { handle } : undefined],
  ]);
  const database = { get: async (store: string) => records.get(store) };
  return database as unknown as LibraryDatabase;
}

const handle = (
  permission: PermissionState,
  getFile: () => Promise<File> = async () => file,
): Partial<FileSystemFileHandle> => ({ queryPermission: async () => permission, getFile });

it('is the original where the page may read it', async () => {
  expect(await readPicture(holding(handle('granted')), 'p')).toEqual({
    blob: file,
    original: true,
    showable: true,
    requestable: false,
  });
});

it.each([
  ['may be asked for', handle('prompt'), true],
  ['is known from nowhere', null, false],
  ['has moved', handle('granted', () => Promise.reject(new DOMException('gone'))), false],
  ['has changed', handle('granted', async () => new File(['other'], 'a.jpg')), false],
])('is the preview where the original %s', async (_, known, requestable) => {
  const picture = await readPicture(holding(known), 'p');
  expect(picture).toEqual({ blob: preview, original: false, showable: true, requestable });
});

it('is the stored picture of a file that browsers do not show', async () => {
  const picture = await readPicture(holding(handle('prompt'), false), 'p');
  expect(picture).toMatchObject({ blob: preview, original: false, requestable: false });
});
