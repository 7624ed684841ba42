import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useApp, useAppState } from '../app-context';
import { useLanguage } from '../i18n/useLanguage';
import { useSampleAlbum } from '../import/useSampleAlbum';

/** Queries to try: those of the sample album while its photos are here, else common ones. */
export function Suggestions() {
  const { t } = useTranslation();
  const { search } = useApp().stores;
  const hasSamples = useAppState('library', ({ photos }) =>
    photos.some(({ attribution }) => attribution !== undefined),
  );
  const album = useSampleAlbum();
  const language = useLanguage();
  const label = useId();
  const queries =
    hasSamples && album ? album.queries[language] : t('search.examples', { returnObjects: true });

  return (
    <div className="-mx-4 flex items-center gap-3 overflow-x-auto px-4 pt-4 [scrollbar-width:none] sm:mx-0 sm:px-0">
      <p id={label} className="shrink-0 text-sm text-ink-faint">
        {t('search.suggestions')}
      </p>
      <ul aria-labelledby={label} className="flex shrink-0 items-center gap-2">
        {queries.map((query) => (
          <li key={query}>
            <button
              type="button"
              onClick={() => search.getState().setQuery(query)}
              className="min-h-9 rounded-full border border-line bg-surface px-4 text-sm text-ink-soft transition-colors hover:border-celadon hover:text-ink pointer-coarse:min-h-11"
            >
              {query}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
