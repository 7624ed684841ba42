import { useTranslation } from 'react-i18next';
import { createFormatter, type Formatter, localeFor } from './format';

/** Making the formats of `Intl` is slow, and every tile of a grid needs them. */
const formatters = new Map<string, Formatter>();

/** The formatter of the active language. */
export function useFormat(): Formatter {
  const { i18n } = useTranslation();
  const locale = localeFor(i18n.language, navigator.languages);
  const known = formatters.get(locale);
  if (known) return known;
  const formatter = createFormatter(locale);
  formatters.set(locale, formatter);
  return formatter;
}
