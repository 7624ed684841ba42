/** Which photos take which labels, at the thresholds that somebody has set. */
import type { LabelledPhoto, LibraryLabels } from '../../labels/labels';
import type { PhotoId } from '../../library/library';
import type { TakenLabel } from '../../library/tags';

export interface Thresholds {
  /** Least probability among the labels. */
  readonly threshold: number;
  /** Least cosine: below it none of the labels fits. */
  readonly noneBelow: number;
}

/** Photos that take the label, most probable first. */
export function takers(
  found: LibraryLabels,
  label: string,
  { threshold, noneBelow }: Thresholds,
): readonly LabelledPhoto[] {
  const photos = found.byLabel.get(label) ?? [];
  return photos.filter(
    ({ probability, cosine }) => probability >= threshold && cosine >= noneBelow,
  );
}

/** Those of `labels` that each photo takes, for every photo that was looked at. */
export function takenLabels(
  found: LibraryLabels,
  labels: readonly string[],
  thresholds: Thresholds,
): ReadonlyMap<PhotoId, readonly TakenLabel[]> {
  const taken = new Map(found.photos.map((id): [PhotoId, TakenLabel[]] => [id, []]));
  for (const name of labels) {
    for (const { photoId, probability } of takers(found, name, thresholds)) {
      taken.get(photoId)?.push({ name, probability });
    }
  }
  return taken;
}

/** A few of the photos to judge a threshold by: the surest, and those that only just got in. */
export function surestAndLeastSure<T>(photos: readonly T[], count: number): readonly T[] {
  if (photos.length <= count) return photos;
  const surest = Math.ceil(count / 2);
  return [...photos.slice(0, surest), ...photos.slice(surest - count)];
}
