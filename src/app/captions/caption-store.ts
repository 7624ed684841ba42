import { createStore, type StoreApi } from 'zustand/vanilla';
import type { CaptionStage, Captions } from '../../captions/captions';
import type { Engine } from '../../engine/engine';
import { AppError } from '../../errors';
import type { CaptionLanguage } from '../../library/captions';
import type { ModelKey } from '../../model/encoding';
import type { Matching, WordAttention } from '../../search/matching';
import { onModelChange } from '../models/on-model-change';
import type { SubjectState } from '../subject/subject-store';

/** One way to say what the photo shows. */
export interface Sentence {
  readonly text: string;
  /** Calibrated match probability; null until known and without a ranker. */
  readonly match: number | null;
  /** Words in their order and where each looks; empty until known and without a ranker. */
  readonly words: readonly WordAttention[];
  readonly byHand: boolean;
}

/** What is written about the photo on show in one language. */
export interface Writing {
  /** `stopped`: by the person, perhaps in the middle of the sentence. */
  readonly status: 'running' | 'stopped' | 'done' | 'failed';
  readonly stage: CaptionStage;
  /** Best first; while words are arriving, only the sentence that they make. */
  readonly sentences: readonly Sentence[];
  /** Place of the sentence that is the caption. */
  readonly chosen: number;
  /** The model that wrote it; null until it has begun. */
  readonly modelKey: ModelKey | null;
  readonly error: AppError | null;
}

export interface CaptionState {
  /** Null: the page's language. */
  readonly language: CaptionLanguage | null;
  readonly writings: Readonly<Partial<Record<CaptionLanguage, Writing>>>;
  setLanguage(language: CaptionLanguage): void;
  /** Writes about the photo on show, anew where something was written; ends what is being written. */
  write(language: CaptionLanguage): Promise<void>;
  /** Ends the writing; the words so far stay. */
  stop(): void;
  choose(language: CaptionLanguage, place: number): void;
  /**
   * Puts the person's own words first and has them matched with the photo.
   * @throws AppError what the matching throws; the words stay
   */
  edit(language: CaptionLanguage, text: string): Promise<void>;
}

export interface CaptionServices {
  readonly captions: Pick<Captions, 'run'>;
  readonly engine: Pick<Engine, 'getState' | 'ready' | 'subscribe'>;
  readonly matching: Pick<Matching, 'match'>;
}

const begun: Writing = {
  status: 'running',
  stage: 'writing',
  sentences: [],
  chosen: 0,
  modelKey: null,
  error: null,
};

/** The captions of the photo on show, one writing a language; another photo or model begins anew. */
export function createCaptionStore(
  { captions, engine, matching }: CaptionServices,
  subjects: StoreApi<SubjectState>,
): StoreApi<CaptionState> {
  let running = new AbortController();

  const store = createStore<CaptionState>((set, get) => ({
    language: null,
    writings: {},
    setLanguage: (language) => set({ language }),

    async write(language) {
      const { subject } = subjects.getState();
      if (!subject) return;
      running.abort();
      running = new AbortController();
      const { signal } = running;
      put(language, begun);
      try {
        const { modelKey } = await engine.ready();
        if (signal.aborted) return;
        change(language, { modelKey });
        for await (const update of captions.run(subject, language, signal)) {
          if (signal.aborted) return;
          const sentences = update.candidates.map(
            ({ text, calibratedMatch, words }): Sentence => ({
              text,
              match: calibratedMatch,
              words,
              byHand: false,
            }),
          );
          change(language, {
            stage: update.stage,
            sentences: sentences.length > 0 ? sentences : [unmatched(update.text, false)],
          });
        }
        if (!signal.aborted) change(language, { status: 'done', stage: 'done' });
      } catch (thrown) {
        if (signal.aborted) return;
        change(language, { status: 'failed', error: AppError.from(thrown) });
      }
    },

    stop() {
      running.abort();
      for (const language of ['zh', 'en'] as const) {
        if (get().writings[language]?.status === 'running') change(language, { status: 'stopped' });
      }
    },

    choose: (language, chosen) => change(language, { chosen }),

    async edit(language, text) {
      const { subject } = subjects.getState();
      const { sentences = [] } = get().writings[language] ?? {};
      const others = sentences.filter((sentence) => !sentence.byHand && sentence.text !== text);
      const known = sentences.find((sentence) => sentence.text === text);
      const own = known ?? unmatched(text, true);
      change(language, { sentences: [own, ...others], chosen: 0 });
      if (!subject || known) return;
      try {
        const { calibrated, words } = await matching.match(subject, text);
        const matched = (sentence: Sentence): Sentence =>
          sentence === own ? { ...own, match: calibrated, words } : sentence;
        const now = get().writings[language]?.sentences ?? [];
        change(language, { sentences: now.map(matched) });
      } catch (thrown) {
        const error = AppError.from(thrown);
        if (error.code !== 'graph-missing') throw error;
      }
    },
  }));

  /** Begins a writing in the place of what is unfinished. */
  function put(language: CaptionLanguage, writing: Writing): void {
    const finished = Object.entries(store.getState().writings).filter(
      ([, { status }]) => status !== 'running',
    );
    store.setState({ writings: { ...Object.fromEntries(finished), [language]: writing } });
  }

  function change(language: CaptionLanguage, changes: Partial<Writing>): void {
    const { writings } = store.getState();
    const writing = writings[language];
    if (writing)
      store.setState({ writings: { ...writings, [language]: { ...writing, ...changes } } });
  }

  function forget(): void {
    running.abort();
    store.setState({ writings: {} });
  }

  subjects.subscribe(({ subject }, before) => {
    if (subject !== before.subject) forget();
  });
  onModelChange(engine, forget);
  return store;
}

function unmatched(text: string, byHand: boolean): Sentence {
  return { text, match: null, words: [], byHand };
}
