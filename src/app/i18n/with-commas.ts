import i18next from 'i18next';

/** Parts of one name, with the commas of the active language. */
export function withCommas(...parts: readonly string[]): string {
  return parts.join(i18next.language === 'zh' ? '，' : ', ');
}
