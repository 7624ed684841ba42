/** What a photo says about itself: when, where and with what it was taken. */
import ExifReader from 'exifreader';
import type { PhotoDetails } from '../library';

export interface ExifFacts {
  /** Milliseconds since 1970. */
  readonly takenAt?: number;
  /** 1 (upright) to 8. */
  readonly orientation: number;
  readonly details: PhotoDetails;
}

/** EXIF dates are `2024:05:31 18:02:11`, with the offset from UTC (`+08:00`) in a tag of its own. */
export function parseExifDate(date: string, offset?: string): number | undefined {
  const parts = /^(\d{4}):(\d\d):(\d\d)[ T](\d\d):(\d\d):(\d\d)/.exec(date);
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  const zone = offset && /^[+-]\d\d:\d\d$/.test(offset) ? offset : '';
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`);
  return Number.isNaN(time) ? undefined : time;
}

/** "Canon" + "Canon EOS R5" is one name, "SONY" + "ILCE-7M3" two. */
export function cameraName(
  make: string | undefined,
  model: string | undefined,
): string | undefined {
  const maker = make?.trim();
  const name = model?.trim();
  if (!maker || !name) return name || maker || undefined;
  return name.toLowerCase().startsWith(maker.toLowerCase()) ? name : `${maker} ${name}`;
}

/** Reads EXIF from a whole file; a file without it, or with broken tags, has no facts. */
export function readExif(bytes: ArrayBuffer): ExifFacts {
  try {
    const { exif, gps } = ExifReader.load(bytes, {
      expanded: true,
      includeTags: {
        exif: [
          'Orientation',
          'Make',
          'Model',
          'LensModel',
          'ExposureTime',
          'FNumber',
          'ISOSpeedRatings',
          'FocalLength',
          'DateTime',
          'DateTimeOriginal',
          'OffsetTimeOriginal',
        ],
        gps: true,
      },
    });
    const tags = new Map(Object.entries(exif ?? {}));
    const text = (name: string): string | undefined => {
      // Declared a string, but a number where the tag holds one.
      const description: unknown = tags.get(name)?.description;
      return description === undefined || description === '' ? undefined : String(description);
    };
    const exposure = [
      text('ExposureTime') && `${text('ExposureTime')} s`,
      text('FNumber'),
      text('ISOSpeedRatings') && `ISO ${text('ISOSpeedRatings')}`,
      text('FocalLength'),
    ].filter((part) => part !== undefined && part !== '');
    const date = text('DateTimeOriginal') ?? text('DateTime');
    const takenAt = date && parseExifDate(date, text('OffsetTimeOriginal'));
    const camera = cameraName(text('Make'), text('Model'));
    const lens = text('LensModel')?.trim();
    const { Latitude: latitude, Longitude: longitude } = gps ?? {};
    return {
      ...(takenAt ? { takenAt } : {}),
      orientation: Number(exif?.Orientation?.value ?? 1),
      details: {
        ...(camera ? { camera } : {}),
        ...(lens ? { lens } : {}),
        ...(exposure.length > 0 ? { exposure: exposure.join(' · ') } : {}),
        ...(Number.isFinite(latitude) && Number.isFinite(longitude)
          ? { latitude: latitude as number, longitude: longitude as number }
          : {}),
      },
    };
  } catch {
    // The reader throws both for "no tags" and for damaged ones; the photo itself may be fine.
    return { orientation: 1, details: {} };
  }
}
