/** What the tests of captions share: an engine that writes given sentences, and a library for them. */
import type { CallOptions, CaptionOptions, EngineState, ReadyState } from '../engine/engine';
import { AppError, throwIfAborted } from '../errors';
import { type PhotoCaptions, type StoredCaption, withCaption } from '../library/captions';
import type { Library, LibraryEvent, PhotoId } from '../library/library';
import type { CaptionDraft, CaptionLanguage, CaptionStep } from '../model/encoding';
import type { Match } from '../search/matching';
import { modelKey } from '../search/testing/memory-library';
import { testManifest, turn } from '../search/testing/scripted-engine';

const graph = { wasm: { file: 'graph.onnx', bytes: 1, sha256: '0'.repeat(64) } };
const { graphs } = testManifest();
export const withRanker = testManifest({ graphs: { ...graphs, captioner: graph } });
export const withoutRanker = testManifest({
  graphs: { imageEncoder: graph, textEncoder: graph, captioner: graph },
});

/** Sentences by the first of the photo's tokens, best first. */
export type Scripts = Readonly<Record<number, readonly CaptionDraft[]>>;

export class WritingEngine {
  readonly calls: { kind: 'prepare' | 'caption'; options: CaptionOptions; token?: number }[] = [];
  /** What the seeds of sentences drawn by chance give, one after the other. */
  readonly drawn: (readonly CaptionDraft[])[] = [];
  readonly #listeners = new Set<(state: EngineState) => void>();
  #state: EngineState;
  /** Thrown by the captions that come next, one each. */
  readonly trouble: AppError[] = [];
  /** Called before each word. */
  onWord: () => void = () => {};

  constructor(
    private readonly scripts: Scripts,
    private readonly manifest = withRanker,
  ) {
    this.#state = { status: 'ready', backend: 'wasm', modelKey, manifest };
  }

  getState(): EngineState {
    return this.#state;
  }

  setState(state: EngineState | ReadyState['modelKey']): void {
    this.#state =
      typeof state === 'string'
        ? { status: 'ready', backend: 'wasm', modelKey: state, manifest: this.manifest }
        : state;
    for (const listener of this.#listeners) listener(this.#state);
  }

  subscribe(listener: (state: EngineState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async ready(): Promise<ReadyState> {
    const state = this.#state;
    if (state.status === 'failed') throw state.error;
    if (state.status === 'ready') return state;
    return new Promise((resolve) => {
      const stop = this.subscribe((next) => {
        if (next.status !== 'ready') return;
        stop();
        resolve(next);
      });
    });
  }

  async prepareCaptioner(options: CallOptions = {}): Promise<void> {
    this.calls.push({ kind: 'prepare', options });
    await turn();
    if (!this.manifest.graphs.captioner) throw new AppError('graph-missing', 'No captioner.');
  }

  async *caption(
    imageTokens: Float32Array,
    _language: CaptionLanguage,
    options: CaptionOptions = {},
  ): AsyncGenerator<CaptionStep, void> {
    const [token = 0] = imageTokens;
    this.calls.push({ kind: 'caption', options, token });
    const trouble = this.trouble.shift();
    if (trouble) throw trouble;
    const scripted = this.scripts[token] ?? [];
    const drafts = options.seed == null ? scripted : (this.drawn.shift() ?? scripted);
    const words = (drafts[0]?.text ?? '').split(' ');
    for (let count = 1; count <= words.length; count++) {
      this.onWord();
      await turn();
      throwIfAborted(options.signal);
      const text = words.slice(0, count).join(' ');
      yield { text, drafts: null };
    }
    yield { text: words.join(' '), drafts };
  }
}

/** Matches by sentence, and cosines with a photo whose embedding is [1]. */
export function matchingOf(
  matches: Readonly<Record<string, number>>,
  cosines: Readonly<Record<string, number>> = {},
) {
  return {
    async matchTokens(_tokens: Float32Array, sentence: string): Promise<Match> {
      await turn();
      const probability = matches[sentence] ?? 0;
      const words = sentence.split(' ').map((word) => ({ word, attention: Float32Array.of(1) }));
      const embedding = Float32Array.of(cosines[sentence] ?? 0);
      return { sentence, probability, calibrated: probability / 2, heads: null, embedding, words };
    },
  };
}

/** As much of a library as captions need. */
export class CaptionedLibrary {
  readonly #listeners = new Set<(event: LibraryEvent) => void>();
  readonly present: Set<PhotoId>;
  #captions: ReadonlyMap<PhotoId, PhotoCaptions> = new Map();

  constructor(private readonly photos: readonly PhotoId[]) {
    this.present = new Set(photos);
  }

  photo(id: PhotoId) {
    return this.present.has(id) ? ({ id } as ReturnType<Library['photo']>) : undefined;
  }

  captions() {
    return this.#captions;
  }

  async setCaption(id: PhotoId, language: CaptionLanguage, caption: StoredCaption) {
    const before = this.#captions.get(id) ?? {};
    this.#captions = new Map(this.#captions).set(id, withCaption(before, language, caption));
    for (const listener of this.#listeners) listener({ type: 'captions-changed', ids: [id] });
  }

  subscribe(listener: (event: LibraryEvent) => void) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  texts(language: CaptionLanguage) {
    return this.photos.map((id) => this.#captions.get(id)?.[language]?.text ?? null);
  }
}
