import type { Photo } from '../../library/library';

export type DateUnit = 'day' | 'month';

/** Photos of one day or month, in their order. */
export interface DateGroup {
  readonly unit: DateUnit;
  /** Midnight local time of the (first) day, in milliseconds since 1970. */
  readonly start: number;
  readonly photos: readonly Photo[];
}

/** With fewer photos a day than this on average, months make the calmer page. */
const photosForDays = 5;

/** Groups photos that come newest first by the local day they were taken on, or by month where days are thin. */
export function groupByDate(photos: readonly Photo[]): readonly DateGroup[] {
  const days = group(photos, 'day');
  return photos.length / Math.max(1, days.length) >= photosForDays ? days : group(photos, 'month');
}

function group(photos: readonly Photo[], unit: DateUnit): DateGroup[] {
  const groups: { unit: DateUnit; start: number; photos: Photo[] }[] = [];
  for (const photo of photos) {
    const taken = new Date(photo.takenAt);
    const start = new Date(
      taken.getFullYear(),
      taken.getMonth(),
      unit === 'day' ? taken.getDate() : 1,
    ).getTime();
    const last = groups[groups.length - 1];
    if (last?.start === start) last.photos.push(photo);
    else groups.push({ unit, start, photos: [photo] });
  }
  return groups;
}
