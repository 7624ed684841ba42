/** Numbers, sizes, dates and durations as the active language writes them. */

/** The browser's own variant of the language where it has one (en-GB, zh-TW keep their dates). */
export function localeFor(language: string, preferred: readonly string[]): string {
  const base = language.split('-')[0] ?? language;
  return preferred.find((tag) => tag.toLowerCase().split('-')[0] === base) ?? base;
}

export interface Formatter {
  /** For what is said in words: lists, names of languages. */
  readonly locale: string;
  number(value: number, fractionDigits?: number): string;
  /** A share between 0 and 1 as whole per cent; never rounds up to certainty. */
  percent(share: number): string;
  bytes(value: number): string;
  /** Millions of pixels; Chinese counts them in units of ten thousand. */
  megapixels(pixels: number): string;
  day(time: number): string;
  month(time: number): string;
  dateTime(time: number): string;
  /** Rough, in its largest unit: for time that is only estimated. */
  duration(seconds: number): string;
  /** Degrees with the hemisphere: 31.2304° N, 121.4737° E; 北纬31.2304°，东经121.4737°. */
  coordinates(latitude: number, longitude: number): string;
}

const byteUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/**
 * @param variant of the language, as {@link localeFor} finds it. Only dates follow it in Chinese: in
 * words, as those of units, it would bring traditional characters into simplified text.
 */
export function createFormatter(variant: string): Formatter {
  const isChinese = variant.toLowerCase().startsWith('zh');
  const locale = isChinese ? 'zh-CN' : variant;
  const plain = new Intl.NumberFormat(locale);
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
  const dateTime = new Intl.DateTimeFormat(variant, { dateStyle: 'long', timeStyle: 'short' });
  const month = new Intl.DateTimeFormat(variant, { year: 'numeric', month: 'long' });
  const day = new Intl.DateTimeFormat(variant, {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    weekday: 'long',
  });
  const unit = (value: number, name: string, display: 'short' | 'long', digits = 0): string =>
    new Intl.NumberFormat(locale, {
      style: 'unit',
      unit: name,
      unitDisplay: display,
      maximumFractionDigits: digits,
    }).format(value);

  return {
    locale,
    number: (value, fractionDigits) =>
      fractionDigits === undefined
        ? plain.format(value)
        : new Intl.NumberFormat(locale, {
            minimumFractionDigits: fractionDigits,
            maximumFractionDigits: fractionDigits,
          }).format(value),
    percent: (share) => percent.format(Math.floor(Math.min(Math.max(share, 0), 1) * 100) / 100),
    bytes: (value) => {
      const power = value < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(value) / 3));
      const scaled = value / 1000 ** power;
      return unit(scaled, byteUnits[power] ?? 'byte', 'short', power > 0 && scaled < 10 ? 1 : 0);
    },
    megapixels: (pixels) => {
      if (isChinese) return plain.format(Math.round(pixels / 1e4));
      const millions = pixels / 1e6;
      return plain.format(millions < 10 ? Math.round(millions * 10) / 10 : Math.round(millions));
    },
    day: (time) => day.format(time),
    month: (time) => month.format(time),
    dateTime: (time) => dateTime.format(time),
    duration: (seconds) => {
      if (seconds < 60) return unit(Math.max(1, Math.ceil(seconds)), 'second', 'long');
      if (seconds < 3600) return unit(Math.round(seconds / 60), 'minute', 'long');
      return unit(seconds / 3600, 'hour', 'long', 1);
    },
    coordinates: (latitude, longitude) => {
      const degrees = (value: number) =>
        new Intl.NumberFormat(locale, { maximumFractionDigits: 4 }).format(Math.abs(value));
      if (isChinese) {
        return `${latitude < 0 ? '南' : '北'}纬${degrees(latitude)}°，${longitude < 0 ? '西' : '东'}经${degrees(longitude)}°`;
      }
      return `${degrees(latitude)}° ${latitude < 0 ? 'S' : 'N'}, ${degrees(longitude)}° ${longitude < 0 ? 'W' : 'E'}`;
    },
  };
}
