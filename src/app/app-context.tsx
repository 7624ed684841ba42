/** Everything the components work with: the services, and the stores that mirror them. */
import { createContext, useContext } from 'react';
import { type StoreApi, useStore } from 'zustand';
import type { CaptionJobState } from '../captions/captions';
import type { EngineState } from '../engine/engine';
import type { IndexingState } from '../library/library';
import { createCaptionJobStore } from './captions/caption-job-store';
import { type CaptionState, createCaptionStore } from './captions/caption-store';
import { Thumbnails } from './grid/thumbnails';
import { createIndexingStore } from './indexing/indexing-store';
import { createLabelsStore, type LabelsState } from './labels/labels-store';
import { createLibraryStore, type LibraryState } from './library/library-store';
import { createSelectionStore, type SelectionState } from './library/selection-store';
import { createMatchStore, type MatchState } from './matching/match-store';
import { createModelsStore, type ModelsState } from './models/models-store';
import { onModelChange } from './models/on-model-change';
import { withQuery } from './search/query-in-address';
import { createSearchStore, type SearchState } from './search/search-store';
import type { Services } from './services';
import { createSettingsStore, type SettingsState } from './settings/settings-store';
import { createPageStore, type PageState } from './shell/page-store';
import { createEngineStore } from './status/engine-store';
import { createSubjectStore, type SubjectState } from './subject/subject-store';
import { createTagFilterStore, type TagFilterState } from './tags/tag-filter-store';
import { createNoticesStore, type NoticesState } from './ui/notices-store';
import { createViewerStore, type ViewerState } from './viewer/viewer-store';

interface States {
  readonly caption: CaptionState;
  readonly captionJob: CaptionJobState;
  readonly engine: EngineState;
  readonly indexing: IndexingState;
  readonly labels: LabelsState;
  readonly library: LibraryState;
  readonly match: MatchState;
  readonly models: ModelsState;
  readonly notices: NoticesState;
  readonly page: PageState;
  readonly search: SearchState;
  readonly selection: SelectionState;
  readonly settings: SettingsState;
  readonly subject: SubjectState;
  readonly tagFilter: TagFilterState;
  readonly viewer: ViewerState;
}

type Stores = { readonly [Name in keyof States]: StoreApi<States[Name]> };

export interface App {
  readonly services: Services;
  readonly stores: Stores;
  readonly thumbnails: Thumbnails;
}

export function createApp(services: Services, initialQuery: string): App {
  const search = createSearchStore(services, { initialQuery });
  const subject = createSubjectStore();
  const stores: Stores = {
    caption: createCaptionStore(services, subject),
    captionJob: createCaptionJobStore(services.captionJob),
    engine: createEngineStore(services.engine),
    indexing: createIndexingStore(services.library),
    labels: createLabelsStore(services, subject),
    library: createLibraryStore(services.library),
    models: createModelsStore(services),
    match: createMatchStore(services.matching, subject),
    notices: createNoticesStore(),
    page: createPageStore(() => withQuery(new URL(location.href), search.getState().query)),
    search,
    selection: createSelectionStore(),
    settings: createSettingsStore(),
    subject,
    tagFilter: createTagFilterStore(services.library),
    viewer: createViewerStore(),
  };
  const thumbnails = new Thumbnails((id) => services.library.thumbnail(id));
  services.library.subscribe((event) => {
    if (event.type !== 'photos-removed') return;
    thumbnails.remove(event.ids);
    stores.viewer.getState().drop(event.ids);
    subject.getState().drop(event.ids);
    stores.selection.getState().drop(event.ids);
  });
  onModelChange(services.engine, () => {
    stores.labels.getState().retry();
    stores.match.getState().restart();
  });
  stores.tagFilter.subscribe(({ photos }) => stores.search.getState().setAmong(photos));
  return { services, stores, thumbnails };
}

const AppContext = createContext<App | null>(null);

export const AppProvider = AppContext.Provider;

export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error('useApp needs an AppProvider above.');
  return app;
}

/** What `select` picks from one store, kept current. */
export function useAppState<Name extends keyof States, Picked>(
  name: Name,
  select: (state: States[Name]) => Picked,
): Picked {
  return useStore<StoreApi<States[Name]>, Picked>(useApp().stores[name], select);
}
