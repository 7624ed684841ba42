/** The library's parts, put together behind the calls that the rest of the app makes. */
import { AppError } from '../errors';
import type { ImageEncoder, ModelKey, ModelPixels } from '../model/encoding';
import {
  type CaptionLanguage,
  type PhotoCaptions,
  type StoredCaption,
  withCaption,
  withoutCaption,
} from './captions';
import { Catalog } from './catalog';
import { heic } from './decode/file-kind';
import type { PhotoDecoder } from './decode/pool';
import { Encoders } from './encoders';
import { imageTokens } from './image-tokens';
import { transactionGroups } from './in-groups';
import { Imports } from './indexing/imports';
import { Indexer } from './indexing/indexer';
import { Intake } from './indexing/intake';
import type {
  EmbeddingEntry,
  ImportFailure,
  ImportItem,
  IndexingState,
  IndexSize,
  Library,
  LibraryEvent,
  OriginalInFolder,
  Photo,
  PhotoId,
  PhotoPicture,
  StorageUse,
} from './library';
import { LibraryEvents } from './library-events';
import { requestAccess } from './permission';
import { changeCaptions } from './storage/captions';
import { inTransaction, type LibraryDatabase, readSetting, storeNames } from './storage/database';
import { embeddingBlocks } from './storage/embeddings';
import { Inbox } from './storage/inbox';
import { deleteIndex, indexSizes } from './storage/indexes';
import { deletePhoto, readOriginalsInFolders, readPicture, readThumbnail } from './storage/photos';
import { changeTags } from './storage/tags';
import { TokenStore } from './storage/tokens';
import { storageUse } from './storage-use';
import { type LibraryChange, type TabMessage, Tabs } from './tabs';
import { type PhotoTags, type TakenLabel, tagByHand, tagByLabels, untagByHand } from './tags';

export interface StoredLibraryOptions {
  /** What tabs of the same library share. */
  readonly name: string;
  readonly tokenBudgetBytes: number;
  readonly inboxBudgetBytes: number;
  readonly decoder: PhotoDecoder;
  readonly paused: boolean;
}

export class StoredLibrary implements Library {
  private readonly events = new LibraryEvents(this);
  private readonly catalog: Catalog;
  private readonly tabs: Tabs;
  private readonly inbox: Inbox;
  private readonly tokens: TokenStore;
  private readonly decoder: PhotoDecoder;
  private readonly indexer: Indexer;
  private readonly imports: Imports;
  private readonly encoders: Encoders;
  /** What other tabs told while this one was reading the database; null once that is done. */
  private toldEarly: TabMessage[] | null = [];

  constructor(
    private readonly database: LibraryDatabase,
    options: StoredLibraryOptions,
  ) {
    this.catalog = new Catalog(database);
    this.tabs = new Tabs(options.name, (message) => this.receive(message));
    this.tokens = new TokenStore(database, options.tokenBudgetBytes);
    this.inbox = new Inbox(database, options.inboxBudgetBytes, this.tabs.id);
    this.decoder = options.decoder;
    const { catalog, inbox, tokens, decoder, tabs } = this;
    const publish = (changes: readonly LibraryChange[]) => this.publish(changes);
    const showProgress = () => this.events.showProgress();
    this.indexer = new Indexer(
      {
        catalog,
        inbox,
        intake: new Intake({ database, catalog, inbox, tokens, decoder, publish }),
        tabs,
        onChange: showProgress,
      },
      options.paused,
    );
    const { indexer } = this;
    this.imports = new Imports({ database, inbox, indexer, tabs, publish, showProgress });
    this.encoders = new Encoders({ database, catalog, indexer, showProgress });
  }

  /** To be called once, before anything else. */
  async load(): Promise<void> {
    await this.catalog.load();
    const modelKey = await readSetting(this.database, 'modelKey');
    if (modelKey) await this.catalog.setModel(modelKey);
    const toldEarly = this.toldEarly ?? [];
    this.toldEarly = null;
    for (const message of toldEarly) this.receive(message);
    this.events.begin();
    this.indexer.wake();
  }

  photos(): readonly Photo[] {
    return this.catalog.photos();
  }

  photo(id: PhotoId): Photo | undefined {
    return this.catalog.photo(id);
  }

  failures(): readonly ImportFailure[] {
    return this.catalog.failures();
  }

  indexing(): IndexingState {
    return this.indexer.state();
  }

  subscribe(listener: (event: LibraryEvent) => void): () => void {
    return this.events.subscribe(listener);
  }

  async add(items: AsyncIterable<ImportItem> | Iterable<ImportItem>): Promise<void> {
    await this.imports.add(items);
  }

  async remove(ids: readonly PhotoId[]): Promise<void> {
    for (const group of transactionGroups(ids)) {
      await inTransaction(this.database, async (transaction) => {
        for (const id of group) await deletePhoto(transaction, id);
      });
      this.publish([{ kind: 'photos-removed', ids: group }]);
    }
  }

  async clear(): Promise<void> {
    await this.imports.drop(async () => {
      await inTransaction(this.database, async (transaction) => {
        const contents = storeNames.filter((name) => name !== 'settings');
        await Promise.all(contents.map((name) => transaction.objectStore(name).clear()));
        const settings = transaction.objectStore('settings');
        await Promise.all([settings.put(0, 'tokenBytes'), settings.put(0, 'inboxBytes')]);
      });
      this.publish([
        { kind: 'failures-removed', failures: null },
        { kind: 'photos-removed', ids: null },
      ]);
    });
  }

  async dismissFailures(): Promise<void> {
    await this.database.clear('failures');
    this.publish([{ kind: 'failures-removed', failures: null }]);
    this.indexer.wake();
  }

  setEncoder(encoder: ImageEncoder | null): void {
    this.encoders.setForIndexing(encoder);
  }

  setSearchEncoder(encoder: ImageEncoder | null): void {
    this.encoders.setForSearch(encoder);
  }

  async indexSizes(): Promise<ReadonlyMap<ModelKey, IndexSize>> {
    return await indexSizes(this.database);
  }

  async removeIndex(modelKey: ModelKey): Promise<void> {
    await deleteIndex(this.database, modelKey);
    this.publish([{ kind: 'index-removed', modelKey }]);
  }

  pause(): void {
    if (this.indexing().status === 'running') this.imports.setPaused(true);
  }

  resume(): void {
    this.indexer
      .recover()
      .then(() => this.imports.setPaused(false))
      .catch((thrown) => this.fail(AppError.from(thrown)));
  }

  async cancel(): Promise<void> {
    await this.imports.drop(() => this.inbox.clear());
  }

  async thumbnail(id: PhotoId): Promise<Blob> {
    return await readThumbnail(this.database, id);
  }

  async picture(id: PhotoId): Promise<PhotoPicture> {
    return await readPicture(this.database, id);
  }

  async requestOriginal(id: PhotoId): Promise<boolean> {
    const original = await this.database.get('originals', id);
    return original !== undefined && (await requestAccess([original]));
  }

  async originalsInFolders(
    ids: readonly PhotoId[],
  ): Promise<ReadonlyMap<PhotoId, OriginalInFolder>> {
    return await readOriginalsInFolders(this.database, ids);
  }

  tags(): ReadonlyMap<PhotoId, PhotoTags> {
    return this.catalog.tags();
  }

  async addTag(ids: readonly PhotoId[], name: string): Promise<void> {
    await this.changeTags(ids, (tags) => tagByHand(tags, name));
  }

  async removeTag(ids: readonly PhotoId[], name: string): Promise<void> {
    await this.changeTags(ids, (tags) => untagByHand(tags, name));
  }

  async tagByLabels(
    set: string,
    taken: ReadonlyMap<PhotoId, readonly TakenLabel[]>,
  ): Promise<void> {
    await this.changeTags([...taken.keys()], (tags, id) =>
      tagByLabels(tags, set, taken.get(id) ?? []),
    );
  }

  captions(): ReadonlyMap<PhotoId, PhotoCaptions> {
    return this.catalog.captions();
  }

  async setCaption(id: PhotoId, language: CaptionLanguage, caption: StoredCaption): Promise<void> {
    await this.changeCaptions(id, (captions) => withCaption(captions, language, caption));
  }

  async replaceCaption(
    id: PhotoId,
    language: CaptionLanguage,
    caption: StoredCaption,
  ): Promise<void> {
    await this.changeCaptions(id, (captions) => ({ ...captions, [language]: caption }));
  }

  async removeCaption(id: PhotoId, language: CaptionLanguage): Promise<void> {
    await this.changeCaptions(id, (captions) => withoutCaption(captions, language));
  }

  async pixels(file: Blob, size: number, signal?: AbortSignal): Promise<ModelPixels> {
    const { megapixels } = await this.decoder.identify(file, { signal });
    return await this.decoder.preparePixels({ blob: file, megapixels }, size, { signal });
  }

  async showable(file: Blob): Promise<Blob> {
    const identity = await this.decoder.identify(file);
    if (identity.type !== heic) return file;
    return (await this.decoder.prepare(file, identity, null)).picture.blob;
  }

  async embedding(modelKey: ModelKey, id: PhotoId): Promise<Float32Array | null> {
    return (await this.database.get('embeddings', [modelKey, id]))?.embedding ?? null;
  }

  embeddings(modelKey: ModelKey): AsyncIterable<readonly EmbeddingEntry[]> {
    return embeddingBlocks(this.database, modelKey);
  }

  async imageTokens(
    modelKey: ModelKey,
    ids: readonly PhotoId[],
    signal?: AbortSignal,
  ): Promise<readonly (Float32Array | null)[]> {
    const { database, catalog, tokens, decoder } = this;
    const encoder = await this.encoders.of(modelKey);
    return await imageTokens(
      { database, catalog, tokens, decoder, encoder },
      modelKey,
      ids,
      signal,
    );
  }

  async storage(): Promise<StorageUse> {
    return await storageUse();
  }

  async close(): Promise<void> {
    this.imports.close();
    await this.encoders.close();
    this.events.stop();
    this.tabs.close();
    this.decoder.close();
    this.database.close();
  }

  /** Stops with an error that is not one file's. */
  fail(error: AppError): void {
    this.indexer.fail(error);
  }

  private async changeTags(
    ids: readonly PhotoId[],
    change: (tags: PhotoTags, id: PhotoId) => PhotoTags,
  ): Promise<void> {
    for (const group of transactionGroups(ids)) {
      const entries = await changeTags(this.database, group, change);
      if (entries.length > 0) this.publish([{ kind: 'tags-changed', entries }]);
    }
  }

  private async changeCaptions(
    id: PhotoId,
    change: (captions: PhotoCaptions) => PhotoCaptions,
  ): Promise<void> {
    const entry = await changeCaptions(this.database, id, change);
    if (entry) this.publish([{ kind: 'captions-changed', entries: [entry] }]);
  }

  /** Makes known, here and in the other tabs, what has been written. */
  private publish(changes: readonly LibraryChange[]): void {
    this.tabs.tell({ kind: 'changes', changes });
    this.apply(changes);
  }

  private receive(message: TabMessage): void {
    if (this.toldEarly) this.toldEarly.push(message);
    else if (message.kind === 'changes') {
      if (message.changes.some(({ kind }) => kind === 'inbox-emptied')) this.imports.end();
      this.apply(message.changes);
    } else this.indexer.setPaused(message.paused);
    this.indexer.wake();
  }

  /** Listeners are called once all changes have been made: what they ask for fits together. */
  private apply(changes: readonly LibraryChange[]): void {
    const events = changes.map((change) => this.catalog.apply(change));
    for (const change of changes) this.indexer.count(finishedBy(change));
    for (const event of events) if (event) this.events.emit(event);
    this.events.showProgress();
  }
}

/** Files and photos that need no further work after the change. */
function finishedBy(change: LibraryChange): number {
  if (change.kind === 'embeddings-added') return change.entries.length;
  if (change.kind === 'failed') return change.failures.length;
  return change.kind === 'photos-changed' ? change.photos.length : 0;
}
