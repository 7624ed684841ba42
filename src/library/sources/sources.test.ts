import { expect, test } from 'vitest';
import type { ImportItem } from '../library';
import { photosFromFiles } from './files';
import { photosFromFolder } from './folder';

function file(relativePath: string, inFolder: boolean): File {
  const made = new File(['x'], relativePath.split('/').at(-1) ?? '');
  Object.defineProperty(made, 'webkitRelativePath', { value: inFolder ? relativePath : '' });
  return made;
}

/** A folder as the File System Access API gives it; a string stands for a file. */
function folder(name: string, children: readonly unknown[]): FileSystemDirectoryHandle {
  const handle = {
    kind: 'directory',
    name,
    async *values() {
      for (const child of children) {
        yield typeof child === 'string' ? { kind: 'file', name: child } : child;
      }
    },
  };
  return handle as unknown as FileSystemDirectoryHandle;
}

test('files of a folder keep their relative path, hidden and system files are left out', () => {
  const files = ['t/a.jpg', 't/.DS_Store', 't/.git/b.jpg', 't/sub/Thumbs.db', 't/sub/c.jpg'];
  const items = [...photosFromFiles(files.map((path) => file(path, true)))];
  expect(items.map(({ path }) => path)).toEqual(['t/a.jpg', 't/sub/c.jpg']);
});

test('files that were chosen one by one are all taken', () => {
  const items = [...photosFromFiles([file('.hidden.jpg', false), file('a.txt', false)])];
  expect(items.map(({ path }) => path)).toEqual(['.hidden.jpg', 'a.txt']);
});

test('a folder that cannot be listed is named at the end, when all else was taken', async () => {
  const refused = folder('System Volume Information', []);
  Object.assign(refused, {
    values() {
      throw new DOMException('refused', 'NotAllowedError');
    },
  });
  const items: ImportItem[] = [];
  const walk = async () => {
    for await (const item of photosFromFolder(folder('trip', ['a.jpg', refused, 'b.jpg']))) {
      items.push(item);
    }
  };
  await expect(walk()).rejects.toMatchObject({
    code: 'partly-unreadable',
    params: { paths: 'trip/System Volume Information' },
  });
  expect(items.map(({ path }) => path)).toEqual(['trip/a.jpg', 'trip/b.jpg']);
});

test('a folder is walked to its depth, and each file knows the folder that was opened', async () => {
  const root = folder('trip', [
    'a.jpg',
    '.hidden',
    folder('day 1', ['b.jpg', folder('raw', ['c.dng'])]),
    folder('@eaDir', ['small.jpg']),
    folder('empty', []),
  ]);
  const items: ImportItem[] = [];
  for await (const item of photosFromFolder(root)) items.push(item);
  expect(items.map(({ path }) => path)).toEqual([
    'trip/a.jpg',
    'trip/day 1/b.jpg',
    'trip/day 1/raw/c.dng',
  ]);
  expect(items.every((item) => item.folder === root)).toBe(true);
});
