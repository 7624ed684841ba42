import { createStore, type StoreApi } from 'zustand/vanilla';
import { AppError } from '../../errors';
import type { Match, Matching } from '../../search/matching';
import type { PhotoSource } from '../../search/photo-source';
import type { SubjectState } from '../subject/subject-store';

/** No more sentences than these are matched at once. */
const mostSentences = 50;

export interface MatchState {
  /** What the field holds: a sentence a line. */
  readonly text: string;
  readonly sentences: readonly string[];
  /** What is known of the sentences about the photo on show. */
  readonly matches: ReadonlyMap<string, Match>;
  /** Why some of the sentences have no match, where that is for their own sake. */
  readonly failures: ReadonlyMap<string, AppError>;
  /** Why the matching ended before all of the others had theirs. */
  readonly error: AppError | null;
  readonly running: boolean;
  setText(text: string): void;
  /** Puts a sentence at the top of the field, unless it stands there. */
  ask(sentence: string): void;
  retry(): void;
  /** Matches everything anew, with another model. */
  restart(): void;
}

export interface MatchStoreOptions {
  /** Milliseconds without a keystroke before the matching begins. */
  readonly pause?: number;
}

export function parseSentences(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  return [...new Set(lines.filter((line) => line !== ''))].slice(0, mostSentences);
}

/** Matches the subject with every sentence, from the top; what is known already is not asked again. */
export function createMatchStore(
  matching: Pick<Matching, 'match'>,
  subjects: StoreApi<SubjectState>,
  { pause = 300 }: MatchStoreOptions = {},
): StoreApi<MatchState> {
  let running = new AbortController();
  let typing: ReturnType<typeof setTimeout> | undefined;
  let matched: PhotoSource | null = null;

  const store = createStore<MatchState>((set, get) => ({
    text: '',
    sentences: [],
    matches: new Map(),
    failures: new Map(),
    error: null,
    running: false,
    setText(text) {
      set({ text, sentences: parseSentences(text) });
      clearTimeout(typing);
      typing = setTimeout(() => void run(), pause);
    },
    ask(sentence) {
      const { text, sentences, setText } = get();
      if (!sentences.includes(sentence)) setText(`${sentence}\n${text}`.trimEnd());
    },
    retry: () => void run(),
    restart() {
      matched = null;
      void run();
    },
  }));

  async function run(): Promise<void> {
    running.abort();
    running = new AbortController();
    const { signal } = running;
    const { subject } = subjects.getState();
    if (subject !== matched) store.setState({ matches: new Map(), failures: new Map() });
    matched = subject;
    const { sentences, matches, failures } = store.getState();
    const missing = subject
      ? sentences.filter((sentence) => !matches.has(sentence) && !failures.has(sentence))
      : [];
    store.setState({ error: null, running: missing.length > 0 });
    if (!subject) return;
    try {
      for (const sentence of missing) {
        const outcome = await matching.match(subject, sentence, signal).catch(emptiness);
        if (signal.aborted) return;
        const { matches, failures } = store.getState();
        store.setState(
          outcome instanceof AppError
            ? { failures: new Map(failures).set(sentence, outcome) }
            : { matches: new Map(matches).set(sentence, outcome) },
        );
      }
      store.setState({ running: false });
    } catch (thrown) {
      if (!signal.aborted) store.setState({ error: AppError.from(thrown), running: false });
    }
  }

  subjects.subscribe(({ subject }, before) => {
    if (subject !== before.subject) void run();
  });
  return store;
}

/** The error of a sentence of which the model can read nothing: the next one is none the worse for it. */
function emptiness(thrown: unknown): AppError {
  if (thrown instanceof AppError && thrown.code === 'text-empty') return thrown;
  throw thrown;
}
