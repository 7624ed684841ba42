import { createStore, type StoreApi } from 'zustand/vanilla';
import type { CaptionStage, Captions } from '../../captions/captions';
import { type Engine, hasPart } from '../../engine/engine';
import { AppError } from '../../errors';
import type { CaptionLanguage, CaptionSource } from '../../library/captions';
import type { Library } from '../../library/library';
import type { ModelKey } from '../../model/encoding';
import type { Matching, WordAttention } from '../../search/matching';
import { onModelChange } from '../models/on-model-change';
import type { SubjectState } from '../subject/subject-store';

/** One way to say what the photo shows. */
export interface Sentence {
  readonly text: string;
  /** Calibrated match probability; null until known and without a ranker. */
  readonly match: number | null;
  /** Words in their order and what each matches; empty until known and without a ranker. */
  readonly words: readonly WordAttention[];
  readonly byHand: boolean;
}

/** What is written about the photo on show in one language. */
export interface Writing {
  /** `stopped`: by the person, perhaps in the middle of the sentence. */
  readonly status: 'running' | 'stopped' | 'done' | 'failed';
  readonly stage: CaptionStage;
  /** Best first, `earlier` ones last; before the first word there are none. */
  readonly sentences: readonly Sentence[];
  /** What the person wrote, and what once was the caption: writing again does not lose it. */
  readonly earlier: readonly Sentence[];
  /** All that the model has written: written again, it is to say something else. */
  readonly known: readonly string[];
  /** Place of the sentence that is the caption. */
  readonly chosen: number;
  /** The model that wrote it; null until one has begun. */
  readonly modelKey: ModelKey | null;
  readonly error: AppError | null;
}

export interface CaptionState {
  /** Null: the page's language. */
  readonly language: CaptionLanguage | null;
  readonly writings: Readonly<Partial<Record<CaptionLanguage, Writing>>>;
  setLanguage(language: CaptionLanguage): void;
  /**
   * Writes about the photo on show; where something was written, something else. Ends what is being
   * written.
   */
  write(language: CaptionLanguage): Promise<void>;
  /** Ends the writing; the words so far stay. */
  stop(): void;
  choose(language: CaptionLanguage, place: number): void;
  /**
   * Puts the person's own words first, keeps them with a photo of the library and has them matched.
   * @throws AppError what the library or the matching throws; the words stay
   */
  edit(language: CaptionLanguage, text: string): Promise<void>;
  /**
   * Keeps the caption with the photo, in the place of the one there: a person's words give way to a
   * model's only where the person says so, as here.
   * @throws AppError what the library throws
   */
  keep(language: CaptionLanguage): Promise<void>;
}

export interface CaptionServices {
  readonly captions: Pick<Captions, 'run'>;
  readonly engine: Pick<Engine, 'getState' | 'ready' | 'subscribe'>;
  readonly library: Pick<Library, 'captions' | 'replaceCaption'>;
  readonly matching: Pick<Matching, 'match'>;
}

/** Of which no word has come yet. */
export const begun: Writing = {
  status: 'running',
  stage: 'writing',
  sentences: [],
  earlier: [],
  known: [],
  chosen: 0,
  modelKey: null,
  error: null,
};

/** The captions of the photo on show, one writing a language; another photo or model begins anew. */
export function createCaptionStore(
  { captions, engine, library, matching }: CaptionServices,
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
      const before = get().writings[language] ?? begun;
      const { known, modelKey } = before;
      const wasCaption = new Set(before.earlier.map(({ text }) => text));
      const earlier = before.sentences.filter(
        ({ text, byHand }, place) =>
          byHand || wasCaption.has(text) || (place === before.chosen && known.includes(text)),
      );
      put(language, { ...begun, known, earlier, modelKey });
      try {
        const { modelKey } = await engine.ready();
        if (signal.aborted) return;
        change(language, { modelKey });
        const options = known.length > 0 ? { otherThan: known } : {};
        for await (const update of captions.run(subject, language, signal, options)) {
          if (signal.aborted) return;
          const sentences = update.candidates.map(
            ({ text, calibratedMatch, words }): Sentence => ({
              text,
              match: calibratedMatch,
              words,
              byHand: false,
            }),
          );
          const texts = sentences.map(({ text }) => text);
          const others = earlier.filter(({ text }) => !texts.includes(text));
          change(language, {
            stage: update.stage,
            sentences: [
              ...(texts.length > 0 ? sentences : [unmatched(update.text, false)]),
              ...others,
            ],
            known: [...new Set([...known, ...texts])],
          });
        }
        if (!signal.aborted) change(language, { status: 'done', stage: 'done' });
      } catch (thrown) {
        if (signal.aborted) return;
        end(language, { status: 'failed', error: AppError.from(thrown) });
      }
    },

    stop() {
      running.abort();
      for (const language of ['zh', 'en'] as const) {
        if (get().writings[language]?.status === 'running') end(language, { status: 'stopped' });
      }
    },

    choose: (language, chosen) => change(language, { chosen }),

    async edit(language, text) {
      const { subject } = subjects.getState();
      // Another model may have begun to write meanwhile: what it says is not waited for any more.
      const before = get().writings[language];
      if (before?.status === 'running') {
        running.abort();
        // Half a sentence is not worth keeping.
        const sentences = before.stage === 'writing' ? before.earlier : before.sentences;
        change(language, { status: 'stopped', sentences });
      }
      const { sentences = [] } = get().writings[language] ?? {};
      const others = sentences.filter((sentence) => !sentence.byHand && sentence.text !== text);
      const known = sentences.find((sentence) => sentence.text === text);
      const own = known ?? unmatched(text, true);
      change(language, { sentences: [own, ...others], chosen: 0 });
      await get().keep(language);
      const state = engine.getState();
      if (!subject || known || (state.status === 'ready' && !hasPart(state, 'ranker'))) return;
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

    async keep(language) {
      const { subject } = subjects.getState();
      const { sentences, chosen, modelKey } = get().writings[language] ?? begun;
      const sentence = sentences[chosen];
      if (subject?.kind !== 'library' || !sentence) return;
      const { text, match, byHand } = sentence;
      if (library.captions().get(subject.id)?.[language]?.text === text) return;
      const source: CaptionSource =
        byHand || modelKey === null ? { kind: 'hand' } : { kind: 'model', modelKey, match };
      try {
        await library.replaceCaption(subject.id, language, { text, source });
      } catch (thrown) {
        throw AppError.from(thrown, 'storage-unavailable');
      }
    },
  }));

  /** Begins a writing in the place of what is unfinished; what was there before that comes back. */
  function put(language: CaptionLanguage, writing: Writing): void {
    const finished = Object.entries(store.getState().writings).flatMap(([key, other]) => {
      if (other.status !== 'running') return [[key, other] as const];
      const { earlier: sentences } = other;
      return sentences.length > 0 ? [[key, { ...other, status: 'done', sentences }] as const] : [];
    });
    store.setState({ writings: { ...Object.fromEntries(finished), [language]: writing } });
  }

  function change(language: CaptionLanguage, changes: Partial<Writing>): void {
    const { writings } = store.getState();
    const writing = writings[language];
    if (writing)
      store.setState({ writings: { ...writings, [language]: { ...writing, ...changes } } });
  }

  /** Ends a writing that is not done. */
  function end(language: CaptionLanguage, changes: Partial<Writing>): void {
    change(language, { sentences: standing(store.getState().writings[language]), ...changes });
  }

  function forget(): void {
    running.abort();
    store.setState({ writings: {} });
  }

  subjects.subscribe(({ subject }, before) => {
    if (subject !== before.subject) forget();
  });
  onModelChange(engine, () => {
    const { writings } = store.getState();
    forget();
    for (const language of ['zh', 'en'] as const) {
      // Nobody else can write a person's own words again.
      const own = standing(writings[language]).filter(({ byHand }) => byHand);
      if (own.length === 0) continue;
      const sentences = own.map(({ text }) => unmatched(text, true));
      store.setState(({ writings: others }) => ({
        writings: { ...others, [language]: { ...begun, status: 'done', stage: 'done', sentences } },
      }));
    }
  });
  return store;
}

/** The sentences of a writing; where no word has come yet, those that were there before it. */
function standing({ sentences, earlier }: Writing = begun): readonly Sentence[] {
  return sentences.length > 0 ? sentences : earlier;
}

function unmatched(text: string, byHand: boolean): Sentence {
  return { text, match: null, words: [], byHand };
}
