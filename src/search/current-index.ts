import type { Engine, EngineState } from '../engine/engine';
import type { ModelKey } from '../model/encoding';
import type { Manifest } from '../model/manifest';
import { EmbeddingIndex, type IndexedLibrary } from './embedding-index';

/**
 * The index of the engine's model, shared by all who compare texts with the whole library. It is
 * filled as soon as the model is known, ahead of the first query.
 */
export class CurrentIndex {
  readonly #library: IndexedLibrary;
  #index: EmbeddingIndex | null = null;

  constructor(engine: Pick<Engine, 'getState' | 'subscribe'>, library: IndexedLibrary) {
    this.#library = library;
    engine.subscribe((state) => this.#prepare(state));
    this.#prepare(engine.getState());
  }

  /** The index of a model, which takes the place of another model's; it may still be filling. */
  of(modelKey: ModelKey, manifest: Manifest): EmbeddingIndex {
    if (this.#index?.modelKey !== modelKey) {
      this.#index?.close();
      this.#index = new EmbeddingIndex(this.#library, modelKey, manifest.embedding.dimensions);
    }
    return this.#index;
  }

  async #prepare(state: EngineState): Promise<void> {
    if (state.status !== 'ready') return;
    try {
      await this.of(state.modelKey, state.manifest).filled();
    } catch {
      // Who needs the index next tries again, and reports what is wrong.
    }
  }
}
