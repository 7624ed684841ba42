import { useEffect } from 'react';
import { I18nProvider } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { type App as AppModel, AppProvider, useAppState } from './app-context';
import { CaptionJobBar } from './captions/CaptionJobBar';
import { DropZone } from './import/DropZone';
import { ImportProvider } from './import/ImportContext';
import { Welcome } from './import/Welcome';
import { IndexingBar } from './indexing/IndexingBar';
import { LibraryPage } from './library/LibraryPage';
import { ResultsPage } from './search/ResultsPage';
import { Header } from './shell/Header';
import { Navigation } from './shell/Navigation';
import { useDocumentTitle } from './shell/useDocumentTitle';
import { useKeptFocus } from './shell/useKeptFocus';
import { useShortcuts } from './shell/useShortcuts';
import { EngineFailure } from './status/EngineFailure';
import { ModelProgress } from './status/ModelProgress';
import { deferred } from './ui/deferred';
import { Notices } from './ui/Notices';

const CaptionsPage = deferred(() =>
  import('./captions/CaptionsPage').then((module) => module.CaptionsPage),
);
const LabelsPage = deferred(() =>
  import('./labels/LabelsPage').then((module) => module.LabelsPage),
);
const MatchingPage = deferred(() =>
  import('./matching/MatchingPage').then((module) => module.MatchingPage),
);
const SettingsDialog = deferred(() =>
  import('./settings/SettingsDialog').then((module) => module.SettingsDialog),
);
const Viewer = deferred(() => import('./viewer/Viewer').then((module) => module.Viewer));

/** The whole page. */
export function App({ model }: { readonly model: AppModel }) {
  const { i18n } = useTranslation();
  return (
    <AppProvider value={model}>
      <I18nProvider locale={i18n.language}>
        <ImportProvider>
          <Page />
        </ImportProvider>
      </I18nProvider>
    </AppProvider>
  );
}

function Page() {
  const { t } = useTranslation();
  useShortcuts();
  useKeptFocus();
  useDocumentTitle();
  // After the first paint, so that no page is waited for.
  useEffect(() => {
    for (const part of [CaptionsPage, LabelsPage, MatchingPage]) part.preload();
  }, []);
  const page = useAppState('page', (state) => state.page);
  const isEmpty = useAppState('library', ({ photos }) => photos.length === 0);
  const searching = useAppState('search', ({ query }) => query.trim() !== '');
  return (
    <>
      <button
        type="button"
        onClick={() => document.getElementById('content')?.focus()}
        className="sr-only z-50 rounded-full bg-ink px-5 py-3 text-sm text-on-ink focus:not-sr-only focus:fixed focus:top-3 focus:left-3"
      >
        {t('app.skipToContent')}
      </button>
      <Header />
      <main
        id="content"
        tabIndex={-1}
        className="mx-auto max-w-[112rem] px-4 pb-24 outline-none sm:px-6"
      >
        <EngineFailure />
        <ModelProgress />
        <IndexingBar />
        <CaptionJobBar />
        {page === 'captions' && <CaptionsPage />}
        {page === 'labels' && <LabelsPage />}
        {page === 'match' && <MatchingPage />}
        {page === 'photos' &&
          (searching ? <ResultsPage /> : isEmpty ? <Welcome /> : <LibraryPage />)}
      </main>
      <Navigation place="foot" />
      <Viewer />
      <SettingsDialog />
      <DropZone />
      <Notices />
    </>
  );
}
