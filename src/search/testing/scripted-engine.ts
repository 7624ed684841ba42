import type { CallOptions, EngineState, ReadyState } from '../../engine/engine';
import { AppError, throwIfAborted } from '../../errors';
import type { Ranking, TextEncoding } from '../../model/encoding';
import type { Manifest } from '../../model/manifest';
import type { SearchEngine } from '../two-stage-search';
import { modelKey } from './memory-library';

const graph = { wasm: { file: 'graph.onnx', bytes: 1, sha256: '0'.repeat(64) } };

export function testManifest(changes: Partial<Manifest> = {}): Manifest {
  return {
    format: 1,
    id: 'test',
    version: '1',
    name: 'Test',
    description: '',
    license: 'Apache-2.0',
    source: 'tests',
    languages: ['zh', 'en'],
    image: { size: 1, resize: 'squash', interpolation: 'bicubic', mean: [0, 0, 0], std: [1, 1, 1] },
    text: { tokenizer: 'tokenizer.json', maxTokens: 8, prefix: '' },
    embedding: { dimensions: 4, logitScale: 20 },
    tokens: { image: { count: 1, width: 1 }, text: { width: 1 } },
    rerank: { candidates: 20, matchWeight: 1, cosineWeight: 1 },
    graphs: { imageEncoder: graph, textEncoder: graph, ranker: graph },
    ...changes,
  };
}

/**
 * An engine whose texts are given and whose ranker answers with the photos' own tokens. Every call
 * is written down, and takes a turn of the event loop.
 */
export class ScriptedEngine implements SearchEngine {
  readonly #texts: Readonly<Record<string, Float32Array>>;
  readonly #listeners = new Set<(state: EngineState) => void>();
  readonly calls: { kind: 'encodeText' | 'rank'; size: number; options: CallOptions }[] = [];
  #state: EngineState;
  /** Thrown by the rank call of this number, counted from 1. */
  failingRank = 0;

  constructor(texts: Readonly<Record<string, Float32Array>>, manifest = testManifest()) {
    this.#texts = texts;
    this.#state = { status: 'ready', backend: 'wasm', modelKey, manifest };
  }

  getState(): EngineState {
    return this.#state;
  }

  setState(state: EngineState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }

  subscribe(listener: (state: EngineState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async ready(): Promise<ReadyState> {
    if (this.#state.status === 'failed') throw this.#state.error;
    if (this.#state.status === 'ready') return this.#state;
    return new Promise((resolve, reject) => {
      const stop = this.subscribe((state) => {
        if (state.status === 'ready') resolve(state);
        if (state.status === 'failed') reject(state.error);
        if (state.status !== 'loading') stop();
      });
    });
  }

  async encodeText(text: string, options: CallOptions = {}): Promise<TextEncoding> {
    this.calls.push({ kind: 'encodeText', size: 1, options });
    await turn();
    throwIfAborted(options.signal);
    const embedding = this.#texts[text];
    if (!embedding) throw new AppError('run-failed', `No text "${text}".`);
    return { text, embedding, tokens: new Float32Array(1), length: 1, pieces: [text] };
  }

  async rank(
    text: TextEncoding,
    imageTokens: readonly Float32Array[],
    options: CallOptions = {},
  ): Promise<Ranking> {
    this.calls.push({ kind: 'rank', size: imageTokens.length, options });
    const number = this.calls.filter(({ kind }) => kind === 'rank').length;
    await turn();
    throwIfAborted(options.signal);
    if (number === this.failingRank) throw new AppError('device-lost', 'The GPU is gone.');
    return {
      matchProbabilities: Float32Array.from(imageTokens, ([match = 0]) => match),
      attention: new Float32Array(imageTokens.length * text.length),
    };
  }
}

/** Lets everything that is under way get one step further. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
