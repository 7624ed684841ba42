import { expect, test } from 'vitest';
import { requestAccess } from './permission';
import type { OriginalRecord } from './storage/records';

/** Handles as the database gives them: other objects for the same folder each time. */
function handles(asked: string[], answer: PermissionState = 'granted') {
  const handle = (kind: FileSystemHandleKind, name: string) => ({
    kind,
    name,
    requestPermission: async () => {
      asked.push(name);
      return answer;
    },
  });
  return (file: string, folder?: string) =>
    ({
      handle: handle('file', file),
      ...(folder === undefined ? {} : { folder: handle('directory', folder) }),
    }) as unknown as OriginalRecord;
}

test('each folder is asked for once, and each file that came alone', async () => {
  const asked: string[] = [];
  const original = handles(asked);
  const trip = Array.from({ length: 1000 }, (_, index) => original(`${index}.jpg`, 'trip'));
  expect(await requestAccess([...trip, original('a.jpg'), original('b.jpg', 'home')])).toBe(true);
  expect(asked).toEqual(['trip', 'a.jpg', 'home']);
});

test('after a refusal nothing further is asked', async () => {
  const asked: string[] = [];
  const original = handles(asked, 'denied');
  expect(await requestAccess([original('a.jpg', 'trip'), original('b.jpg', 'home')])).toBe(false);
  expect(asked).toEqual(['trip']);
});
