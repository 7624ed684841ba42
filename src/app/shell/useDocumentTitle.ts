import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useAppState } from '../app-context';

/** The title of the window says which page or which query it shows. */
export function useDocumentTitle(): void {
  const { t } = useTranslation();
  const page = useAppState('page', (state) => state.page);
  const query = useAppState('search', (state) => state.query.trim());
  const subject =
    page !== 'photos'
      ? t(`pages.${page}`)
      : query === ''
        ? t('app.tagline')
        : t('search.resultsFor', { query });
  useEffect(() => {
    document.title = `${subject} · r2d2-web`;
  }, [subject]);
}
