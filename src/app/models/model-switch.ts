import type { Engine, EngineOptions, EngineState } from '../../engine/engine';
import { createImageEncoder } from '../../engine/image-encoder';
import type { Library } from '../../library/library';
import type { ImageEncoder, ModelKey } from '../../model/encoding';
import { keyOfAddress } from '../../model/packages/address';

/** A model that takes over as soon as the library is indexed for it. */
export interface NextModel {
  readonly key: ModelKey;
  /** As `EngineOptions.modelUrl` takes it. */
  readonly address: string;
  readonly name: string;
  readonly engine: EngineState;
}

export interface ModelSwitchParts {
  readonly engine: Engine;
  readonly library: Pick<
    Library,
    'indexing' | 'indexSizes' | 'photos' | 'setEncoder' | 'setSearchEncoder' | 'subscribe'
  >;
  /** Starts another engine, for photos alone. */
  readonly createEngine: (options: Pick<EngineOptions, 'modelUrl' | 'imagesOnly'>) => Engine;
  /** Called when another model is used, and when another one is to take over or is not any more. */
  readonly onChoice: (used: string, next: string | null) => void;
  /** The address that the engine was started with. */
  readonly used: string;
}

/**
 * Gives the library its encoder, and changes the model without a gap: while the library is indexed
 * for the next model, on an engine that holds only that model's photo encoder, search goes on with
 * the one before. Then the second engine ends, and the first one starts again with the next model.
 */
export class ModelSwitch {
  readonly #listeners = new Set<() => void>();
  #used: string;
  #next: { key: ModelKey; address: string; name: string; engine: Engine } | null = null;
  #state: NextModel | null = null;
  #searchEncoder: ImageEncoder | null = null;
  /** The address that was asked for last. */
  #wanted: string;

  constructor(private readonly parts: ModelSwitchParts) {
    this.#used = parts.used;
    this.#wanted = parts.used;
    parts.engine.subscribe((state) => this.#follow(state));
    this.#follow(parts.engine.getState());
    parts.library.subscribe((event) => {
      if (event.type === 'indexing') this.#finishWhenIndexed();
    });
  }

  /** The model that takes over next; null where none does. The same value until it changes. */
  next(): NextModel | null {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Uses another model: at once where all photos are indexed for it, else as soon as they are.
   * @param key may have to be asked for
   * @throws AppError what reading the library's indexes throws
   */
  async use(key: ModelKey | Promise<ModelKey>, address: string, name: string): Promise<void> {
    if (address === this.#used) {
      this.cancel();
      return;
    }
    this.#wanted = address;
    const photos = this.parts.library.photos().length;
    const [known, sizes] = await Promise.all([key, this.parts.library.indexSizes()]);
    const indexed = sizes.get(known)?.photos ?? 0;
    // Another one was asked for meanwhile.
    if (this.#wanted !== address) return;
    // A site's package that is used as the browser keeps it, and of which there is no newer version.
    if (keyOfAddress(this.#used) === known) {
      this.cancel();
      return;
    }
    this.#endNext();
    if (indexed >= photos) {
      this.#change(address);
      return;
    }
    const engine = this.parts.createEngine({ modelUrl: address, imagesOnly: true });
    this.#next = { key: known, address, name, engine };
    this.parts.onChoice(this.#used, address);
    engine.subscribe((state) => this.#followNext(engine, state));
    this.#followNext(engine, engine.getState());
    this.parts.library.setSearchEncoder(this.#searchEncoder);
  }

  /** The address of the model that is searched with. */
  used(): string {
    return this.#used;
  }

  /** Searches with the next model from now on, whatever is indexed for it. */
  changeNow(): void {
    if (this.#next) this.changeTo(this.#next.address);
  }

  /** Searches with another model from now on, whatever is indexed for it. */
  changeTo(address: string): void {
    this.#wanted = address;
    this.#takeOver(address);
  }

  /** Stays with the model that is searched with; what was indexed for the other one is kept. */
  cancel(): void {
    this.#wanted = this.#used;
    this.#endNext();
    this.parts.onChoice(this.#used, null);
    this.parts.library.setSearchEncoder(null);
    this.parts.library.setEncoder(this.#searchEncoder);
  }

  /** Starts the next model's engine again, after it failed. */
  retry(): void {
    this.#next?.engine.restart();
  }

  /** Takes over without anybody's word: a model that was asked for meanwhile is not forgotten. */
  #takeOver(address: string): void {
    this.#endNext();
    this.#change(address);
  }

  #change(address: string): void {
    this.#used = address;
    this.parts.onChoice(address, null);
    this.parts.library.setSearchEncoder(null);
    this.parts.engine.restart({ modelUrl: address });
    this.#tell();
  }

  #follow(state: EngineState): void {
    const { engine, library } = this.parts;
    this.#searchEncoder = state.status === 'ready' ? createImageEncoder(engine, state) : null;
    if (this.#next) library.setSearchEncoder(this.#searchEncoder);
    else library.setEncoder(this.#searchEncoder);
  }

  #followNext(engine: Engine, state: EngineState): void {
    if (this.#next?.engine !== engine) return;
    // The address may hold a newer version than the one that is kept.
    if (state.status === 'ready') this.#next.key = state.modelKey;
    const { key, address, name } = this.#next;
    this.#state = { key, address, name, engine: state };
    const encoder = state.status === 'ready' ? createImageEncoder(engine, state) : null;
    this.parts.library.setEncoder(encoder);
    this.#tell();
  }

  #finishWhenIndexed(): void {
    if (!this.#next) return;
    const { modelKey, done, failed, total } = this.parts.library.indexing();
    if (modelKey === this.#next.key && done + failed >= total) this.#takeOver(this.#next.address);
  }

  #endNext(): void {
    const { engine } = this.#next ?? {};
    this.#next = null;
    this.#state = null;
    engine?.close();
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
