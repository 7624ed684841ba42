/** The encoders at hand: that of the model that is indexed for, and that of the one searched with. */
import { AppError } from '../errors';
import type { ImageEncoder, ModelKey } from '../model/encoding';
import type { Catalog } from './catalog';
import type { Indexer } from './indexing/indexer';
import { type LibraryDatabase, writeSetting } from './storage/database';

export interface EncodersParts {
  readonly database: LibraryDatabase;
  readonly catalog: Catalog;
  readonly indexer: Indexer;
  readonly showProgress: () => void;
}

export class Encoders {
  private setting: Promise<void> = Promise.resolve();
  private forSearch: ImageEncoder | null = null;

  constructor(private readonly parts: EncodersParts) {}

  /** As documented at `Library.setEncoder`: one after the other, once the one before has ended. */
  setForIndexing(encoder: ImageEncoder | null): void {
    const { database, catalog, indexer, showProgress } = this.parts;
    this.setting = this.setting
      .then(async () => {
        if (encoder === indexer.currentEncoder()) return;
        await indexer.setEncoder(null);
        if (encoder) {
          await catalog.setModel(encoder.modelKey);
          // For the counts of the next start: a full disk must not keep photos from the model.
          await writeSetting(database, 'modelKey', encoder.modelKey).catch(() => undefined);
        }
        await indexer.setEncoder(encoder);
        showProgress();
      })
      .catch((thrown) => indexer.fail(AppError.from(thrown, 'storage-unavailable')));
  }

  /** As documented at `Library.setSearchEncoder`. */
  setForSearch(encoder: ImageEncoder | null): void {
    this.forSearch = encoder;
  }

  /** The model's encoder, null where nobody has given it. */
  async of(modelKey: ModelKey): Promise<ImageEncoder | null> {
    // One that was given just now may still be on its way to the indexer.
    if (!this.given(modelKey)) await this.setting;
    return this.given(modelKey);
  }

  /** Ends the indexing. */
  async close(): Promise<void> {
    await this.setting;
    await this.parts.indexer.setEncoder(null);
  }

  private given(modelKey: ModelKey): ImageEncoder | null {
    const encoders = [this.forSearch, this.parts.indexer.currentEncoder()];
    return encoders.find((known) => known?.modelKey === modelKey) ?? null;
  }
}
