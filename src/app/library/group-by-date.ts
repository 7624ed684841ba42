import type { Photo } from '../../library/library';

export type DateUnit = 'day' | 'month';

/** Photos of one day or month, in their order. */
export interface DateGroup {
  readonly unit: DateUnit;
  /** Midnight local time of the (first) day, in milliseconds since 1970; null for undated photos. */
  readonly start: number | null;
  readonly photos: readonly Photo[];
}

/** With fewer photos a day than this on average, months make the calmer page. */
const photosForDays = 5;

/** No photograph is older than the first one; file systems without a date report 1601 or 1904. */
const firstPhotograph = Date.UTC(1826, 0);
const emptyDates: readonly number[] = [0, Date.UTC(1904, 0)];

/** Whether the photo's date is one: neither impossible nor what stands for none. */
export function isDated({ takenAt }: Photo): boolean {
  return takenAt >= firstPhotograph && !emptyDates.includes(takenAt);
}

/** Groups photos that come newest first by the local day they were taken on, or by month where days are thin. */
export function groupByDate(photos: readonly Photo[]): readonly DateGroup[] {
  const days = group(photos, 'day');
  return photos.length / Math.max(1, days.length) >= photosForDays ? days : group(photos, 'month');
}

function group(photos: readonly Photo[], unit: DateUnit): DateGroup[] {
  const groups: { unit: DateUnit; start: number | null; photos: Photo[] }[] = [];
  for (const photo of photos) {
    const start = startOf(photo, unit);
    const last = groups[groups.length - 1];
    if (last?.start === start) last.photos.push(photo);
    else groups.push({ unit, start, photos: [photo] });
  }
  return groups;
}

function startOf(photo: Photo, unit: DateUnit): number | null {
  if (!isDated(photo)) return null;
  const taken = new Date(photo.takenAt);
  return new Date(
    taken.getFullYear(),
    taken.getMonth(),
    unit === 'day' ? taken.getDate() : 1,
  ).getTime();
}
