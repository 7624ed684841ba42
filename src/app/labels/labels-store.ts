import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Engine } from '../../engine/engine';
import { AppError } from '../../errors';
import type { LabelProgress, LabelScore, LibraryLabels, Templates } from '../../labels/labels';
import { parseLabels } from '../../labels/parse-labels';
import { templatesOf } from '../../labels/templates';
import type { ZeroShotLabels } from '../../labels/zero-shot-labels';
import type { Library } from '../../library/library';
import type { SubjectState } from '../subject/subject-store';
import {
  onSavedElsewhere,
  readSavedLabels,
  type SavedLabels,
  writeSavedLabels,
} from './saved-labels';

export type LabelScope = 'photo' | 'library';

export interface LabelsState extends SavedLabels {
  readonly scope: LabelScope;
  readonly labels: readonly string[];
  /** Labels of the photo on show, best first; null until they are known. */
  readonly scores: readonly LabelScore[] | null;
  /** Photos for each label; null until they are known. */
  readonly found: LibraryLabels | null;
  /** Labels that were not read before are being read. */
  readonly progress: LabelProgress | null;
  readonly running: boolean;
  readonly error: AppError | null;
  setText(text: string): void;
  setScope(scope: LabelScope): void;
  setTemplates(templates: Templates | null): void;
  setNoneBelow(noneBelow: number): void;
  setThreshold(threshold: number): void;
  openSet(set: { readonly name: string; readonly text: string }): void;
  /** Keeps the labels under a name, in the place of an older set of that name. */
  saveSet(name: string): void;
  deleteSet(name: string): void;
  retry(): void;
}

interface LabelsServices {
  readonly engine: Pick<Engine, 'ready'>;
  readonly labels: Pick<ZeroShotLabels, 'ofPhoto' | 'ofLibrary'>;
  readonly library: Pick<Library, 'subscribe'>;
}

/** Milliseconds without a keystroke, or without further photos, before labels are compared anew. */
const pause = 400;

/** Compares the labels with the photo on show or with the whole library, whichever is looked at. */
export function createLabelsStore(
  { engine, labels: zeroShot, library }: LabelsServices,
  subjects: StoreApi<SubjectState>,
): StoreApi<LabelsState> {
  let running = new AbortController();
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const saved = readSavedLabels();

  const store = createStore<LabelsState>((set, get) => ({
    ...saved,
    scope: 'photo',
    labels: parseLabels(saved.text),
    scores: null,
    found: null,
    progress: null,
    running: false,
    error: null,
    setText(text) {
      keep({ text, setName: get().setName });
      later();
    },
    setScope(scope) {
      set({ scope });
      void run();
    },
    setTemplates(templates) {
      // With other sentences the labels take other photos.
      set({ found: null });
      keep({ templates: templates && { zh: [...templates.zh], en: [...templates.en] } });
      later();
    },
    setNoneBelow: (noneBelow) => keep({ noneBelow }),
    setThreshold: (threshold) => keep({ threshold }),
    openSet({ name, text }) {
      keep({ setName: name, text });
      void run();
    },
    saveSet(name) {
      const { sets, text } = get();
      keep({
        setName: name,
        text,
        sets: [...sets.filter((other) => other.name !== name), { name, text }],
      });
    },
    deleteSet: (name) => keep({ sets: get().sets.filter((other) => other.name !== name) }),
    retry: () => void run(),
  }));

  /** A text and the set that it belongs to go together, or another tab's set would get this tab's text. */
  function keep(changes: Partial<SavedLabels>): void {
    const { text } = changes;
    store.setState(text === undefined ? changes : { ...changes, labels: parseLabels(text) });
    writeSavedLabels(changes);
  }

  function later(): void {
    clearTimeout(waiting);
    waiting = setTimeout(() => void run(), pause);
  }

  async function run(): Promise<void> {
    clearTimeout(waiting);
    running.abort();
    running = new AbortController();
    const { signal } = running;
    const { scope, labels, templates: own } = store.getState();
    const { subject } = subjects.getState();
    store.setState({ error: null, progress: null });
    if (labels.length === 0 || (scope === 'photo' && !subject)) {
      store.setState({ scores: null, found: null, running: false });
      return;
    }
    store.setState({ running: true });
    try {
      const { manifest } = await engine.ready();
      const templates = own ?? templatesOf(manifest);
      if (scope === 'photo' && subject) {
        const scores = await zeroShot.ofPhoto(subject, labels, templates, signal);
        if (!signal.aborted) store.setState({ scores });
      } else {
        const onProgress = (progress: LabelProgress) =>
          !signal.aborted && store.setState({ progress });
        const found = await zeroShot.ofLibrary(labels, templates, signal, onProgress);
        if (!signal.aborted) store.setState({ found });
      }
      if (!signal.aborted) store.setState({ running: false, progress: null });
    } catch (thrown) {
      if (signal.aborted) return;
      store.setState({ error: AppError.from(thrown), running: false, progress: null });
    }
  }

  // What is written here next must not take away what another tab has kept.
  onSavedElsewhere(({ sets }) => store.setState({ sets }));
  subjects.subscribe(({ subject }, before) => {
    if (subject === before.subject) return;
    store.setState({ scores: null });
    if (store.getState().scope === 'photo') void run();
  });
  library.subscribe(({ type }) => {
    if (type !== 'embeddings-added' && type !== 'photos-removed') return;
    // A photo that failed may have lacked no more than its embedding.
    const { scope, error } = store.getState();
    if (scope === 'library' || error) later();
  });
  return store;
}
