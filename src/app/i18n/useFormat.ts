import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { createFormatter, type Formatter, localeFor } from './format';

/** The formatter of the active language. */
export function useFormat(): Formatter {
  const { i18n } = useTranslation();
  return useMemo(
    () => createFormatter(localeFor(i18n.language, navigator.languages)),
    [i18n.language],
  );
}
