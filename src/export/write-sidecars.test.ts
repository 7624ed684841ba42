import { expect, it } from 'vitest';
import type { OriginalInFolder } from '../library/library';
import { noTags, tagByHand } from '../library/tags';
import type { ExportedPhoto } from './exported-photo';
import { writeSidecars } from './write-sidecars';

/** Handles of folders without files; each photo has a handle of its own, as the database gives them. */
function foldersThat(answers: Readonly<Record<string, PermissionState>>) {
  const asked: string[] = [];
  let compared = 0;
  const handle = (path: string) => {
    const folder = {
      name: path.split('/').at(-1) ?? '',
      path,
      async isSameEntry(other: { path: string }) {
        compared++;
        return other.path === path;
      },
      async requestPermission() {
        asked.push(`${path} after ${compared}`);
        return answers[path] ?? 'denied';
      },
      resolve: async () => null,
    };
    return { folder, handle: {} } as unknown as OriginalInFolder;
  };
  return { asked, handle };
}

const photo = (id: string): ExportedPhoto => ({
  photo: { id, paths: [`${id}.jpg`], bytes: 1 },
  tags: tagByHand(noTags, 'sea'),
  captions: {},
});

it('asks once for each folder, and at first only one of each name', async () => {
  const { asked, handle } = foldersThat({ '/2020/trip': 'granted', '/home': 'granted' });
  const ids = Array.from({ length: 50 }, (_, index) => `photo ${index}`);
  const folderOf = (index: number) =>
    index < 40 ? '/2020/trip' : index < 45 ? '/home' : '/2021/trip';
  const originals = new Map(ids.map((id, index) => [id, handle(folderOf(index))]));
  const report = await writeSidecars([...ids, 'alone'].map(photo), originals, { language: 'zh' });
  expect(asked.slice(0, 2).sort()).toEqual(['/2020/trip after 0', '/home after 0']);
  expect(asked.map((question) => question.split(' ')[0]).sort()).toEqual([
    '/2020/trip',
    '/2021/trip',
    '/home',
  ]);
  const reasons = report.skipped.map(({ reason }) => reason);
  expect(reasons).toEqual([...Array(45).fill('moved'), ...Array(5).fill('refused'), 'no-folder']);
});

it('stops between two questions once it is cancelled', async () => {
  const { asked, handle } = foldersThat({ '/2020/trip': 'granted' });
  const originals = new Map([
    ['a', handle('/2020/trip')],
    ['b', handle('/2021/trip')],
  ]);
  const writing = writeSidecars(['a', 'b'].map(photo), originals, {
    language: 'zh',
    signal: AbortSignal.abort(),
  });
  await expect(writing).rejects.toMatchObject({ code: 'cancelled' });
  expect(asked).toEqual(['/2020/trip after 0']);
});
