import { expect, it } from 'vitest';
import type { Photo } from '../../library/library';
import { groupByDate } from './group-by-date';

function photo(id: string, takenAt: number): Photo {
  return {
    id,
    paths: [`${id}.jpg`],
    bytes: 1,
    type: 'image/jpeg',
    width: 3,
    height: 2,
    takenAt,
    importedAt: 0,
    details: {},
  };
}

it('groups by local day where days hold several photos', () => {
  const evening = new Date(2024, 4, 2, 23, 59).getTime();
  const morning = new Date(2024, 4, 3, 0, 1).getTime();
  const photos = [morning, evening].flatMap((time, day) =>
    Array.from({ length: 5 }, (_, index) => photo(`${day}-${index}`, time)),
  );
  const groups = groupByDate(photos);
  expect(groups.map(({ unit, start }) => ({ unit, start }))).toEqual([
    { unit: 'day', start: new Date(2024, 4, 3).getTime() },
    { unit: 'day', start: new Date(2024, 4, 2).getTime() },
  ]);
});

it('groups by month where days hold few photos', () => {
  const photos = [
    photo('a', new Date(2024, 4, 30).getTime()),
    photo('b', new Date(2024, 4, 2).getTime()),
    photo('c', new Date(2023, 4, 2).getTime()),
  ];
  const groups = groupByDate(photos);
  expect(groups.map(({ unit, photos: members }) => [unit, members.length])).toEqual([
    ['month', 2],
    ['month', 1],
  ]);
});

it('keeps every photo, in its order', () => {
  const photos = Array.from({ length: 500 }, (_, index) =>
    photo(String(index), new Date(2024, 0, 1).getTime() - index * 3_600_000),
  );
  expect(groupByDate(photos).flatMap((group) => group.photos)).toEqual(photos);
});

it('does not take what stands for no date for one', () => {
  const photos = [photo('dos', Date.UTC(1904, 0)), photo('windows', Date.UTC(1601, 0))];
  expect(groupByDate(photos).map(({ start }) => start)).toEqual([null]);
});

it('has no groups without photos', () => {
  expect(groupByDate([])).toEqual([]);
});
