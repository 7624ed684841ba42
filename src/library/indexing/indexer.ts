/**
 * Indexing: takes files from the inbox into the library, and gives the photos of the library the
 * model's vectors.
 *
 *     idle ──work──▶ running ──nothing left──▶ idle
 *     running ──pause──▶ paused ──resume──▶ running
 *     running ──an error that is not one file's──▶ failed ──resume, new encoder──▶ running
 *     paused, failed ──cancel──▶ idle, or running where photos lack vectors
 *
 * `running` means that there is work to do, also while it waits: for an encoder, for another tab
 * that indexes, or for further files of an import. Files are decoded and shown with or without an
 * encoder. One transaction writes a photo and deletes its inbox entry, another one writes its
 * vectors: whatever ends the page, the next start finds what is missing.
 */
import { AppError, throwIfAborted } from '../../errors';
import type { ImageEncoder } from '../../model/encoding';
import { Throughput } from '../../throughput';
import type { Catalog } from '../catalog';
import type { IndexingState, IndexingStatus } from '../library';
import { requestAccess } from '../permission';
import { type Inbox, type InboxEntry, originalOf } from '../storage/inbox';
import type { OriginalRecord } from '../storage/records';
import type { Tabs } from '../tabs';
import type { EncodedPhoto, Intake, PhotoPixels } from './intake';
import { inBatches, mapAhead, WriteBehind } from './pipeline';

/** Inbox entries read at once. */
const entriesAtOnce = 64;
/**
 * Photos decoded ahead of the encoder: a screenful is seen before the first is encoded, and their
 * squares take some ten megabytes.
 */
const photosAhead = 64;

export interface IndexerParts {
  readonly catalog: Catalog;
  readonly inbox: Inbox;
  readonly intake: Intake;
  readonly tabs: Tabs;
  /** Something of the state has changed. */
  readonly onChange: () => void;
}

interface Run {
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

export class Indexer {
  private encoder: ImageEncoder | null = null;
  private run: Run | null = null;
  /** Work came in while a run was about to end. */
  private woken = false;
  /** Calls of {@link hold} under way: nothing starts. */
  private held = 0;
  /** Imports that may give files. */
  private readonly expected = new Set<object>();
  private paused: boolean;
  private error: AppError | null = null;
  /** Files that this pass came upon and this tab cannot read now. */
  private unread: InboxEntry[] = [];
  private readonly throughput = new Throughput();

  constructor(
    private readonly parts: IndexerParts,
    paused: boolean,
  ) {
    this.paused = paused;
  }

  state(): IndexingState {
    const { modelKey, done, failed, toDo, total } = this.parts.catalog.counts();
    const status = this.status(toDo);
    const busy = status === 'running' && toDo > 0;
    const photosPerSecond = busy ? this.throughput.perSecond() : null;
    const known = this.expected.size === 0;
    return {
      status,
      modelKey,
      done,
      total,
      failed,
      photosPerSecond,
      secondsLeft: photosPerSecond && known ? toDo / photosPerSecond : null,
      ...(this.error ? { error: this.error } : {}),
    };
  }

  private status(toDo: number): IndexingStatus {
    if (this.error) return 'failed';
    if (this.paused) return 'paused';
    return toDo > 0 || this.expected.size > 0 ? 'running' : 'idle';
  }

  /** Where the files of an import come slowly, having done all that are there is not the end. */
  expectMore(source: object): void {
    this.expected.add(source);
  }

  expectNoMore(source: object): void {
    if (this.expected.delete(source)) this.parts.onChange();
  }

  currentEncoder(): ImageEncoder | null {
    return this.encoder;
  }

  /** Ends the run with the encoder before; the catalog must know the new one's model. */
  async setEncoder(encoder: ImageEncoder | null): Promise<void> {
    await this.hold(async () => {
      this.encoder = encoder;
    });
  }

  setPaused(paused: boolean): void {
    this.paused = paused;
    if (paused) this.run?.abort.abort();
    else this.wake();
    this.parts.onChange();
  }

  /** Forgets the error; asks for access to files where that was it. */
  async recover(): Promise<void> {
    // First of all, as browsers only show the question shortly after the click.
    if (this.error?.code === 'permission-denied') await requestAccess(this.locked());
    this.error = null;
  }

  fail(error: AppError): void {
    this.error = error;
    this.run?.abort.abort();
    this.parts.onChange();
  }

  /** Notes finished photos, whichever tab did them. */
  count(photos: number): void {
    if (photos > 0) this.throughput.add(photos);
  }

  /** Starts where there may be work and nothing stands against it. */
  wake(): void {
    this.woken = true;
    const { encoder } = this;
    if (this.run || this.held > 0 || this.paused || this.error) return;
    if (this.toDo(encoder) === 0) return;
    const abort = new AbortController();
    this.throughput.restart();
    this.run = { abort, ended: this.runAlone(encoder, abort.signal) };
    this.parts.onChange();
  }

  /** Files and photos that can be worked on; without an encoder files are taken in all the same. */
  private toDo(encoder: ImageEncoder | null): number {
    const { toDo, waiting } = this.parts.catalog.counts();
    return encoder ? toDo : waiting;
  }

  /** Does `work` with nothing being indexed meanwhile, and forgets the error before. */
  async hold(work: () => Promise<void>): Promise<void> {
    this.held++;
    try {
      this.run?.abort.abort();
      await this.run?.ended;
      await work();
      this.error = null;
    } finally {
      this.held--;
      this.wake();
    }
  }

  /** Never rejects. */
  private async runAlone(encoder: ImageEncoder | null, signal: AbortSignal): Promise<void> {
    try {
      await this.parts.tabs.indexAlone(signal, () => this.indexAll(encoder, signal));
    } catch (thrown) {
      // What goes wrong once it has been aborted comes of that, and must not hide why it was.
      if (!signal.aborted) this.error = AppError.from(thrown);
    }
    this.run = null;
    this.parts.onChange();
    if (this.woken) this.wake();
  }

  private async indexAll(encoder: ImageEncoder | null, signal: AbortSignal): Promise<void> {
    const { catalog } = this.parts;
    for (let before = Number.POSITIVE_INFINITY; ; ) {
      // Whoever woke after a pause that is over waits for the next run, which this one must not forget.
      throwIfAborted(signal);
      this.woken = false;
      this.unread = [];
      await this.indexOnce(encoder, signal);
      await catalog.recount();
      const toDo = this.toDo(encoder);
      if (toDo === 0) return;
      // What is left cannot be read by this tab; new work shows as more than before.
      if (!this.woken && toDo >= before) break;
      before = toDo;
    }
    const count = this.locked().length;
    if (count > 0) {
      const message = 'The page must be allowed to read the chosen files again.';
      throw new AppError('permission-denied', message, { count });
    }
  }

  /** Files that the person must allow the page to read again. */
  private locked(): readonly OriginalRecord[] {
    return this.unread.map(originalOf).filter((original) => original !== undefined);
  }

  /** Gives up files that were only in the memory of a tab that is gone. */
  private async giveUpLost(): Promise<void> {
    const { intake, tabs } = this.parts;
    const live = await tabs.live();
    const isLost = ({ source }: InboxEntry) => source.kind === 'memory' && !live.has(source.tab);
    await intake.giveUp(this.unread.filter(isLost));
  }

  /** One pass over everything that is to do: files become photos, photos get vectors. */
  private async indexOnce(encoder: ImageEncoder | null, signal: AbortSignal): Promise<void> {
    try {
      await this.encodeAll(encoder, this.files(encoder, signal), signal);
      await this.giveUpLost();
      if (encoder) await this.encodeAll(encoder, this.photos(encoder, signal), signal);
    } finally {
      await this.parts.intake.endPass();
    }
  }

  /** Runs the tasks and encodes what they leave; later ones are decoded meanwhile. */
  private async encodeAll(
    encoder: ImageEncoder | null,
    tasks: AsyncIterable<() => Promise<PhotoPixels | null>>,
    signal: AbortSignal,
  ): Promise<void> {
    const { intake } = this.parts;
    const prepared = mapAhead(tasks, photosAhead, (task) => task());
    if (!encoder) {
      // They leave nothing to encode: it is enough that they are done.
      for await (const _ of prepared);
      return;
    }
    const vectors = new WriteBehind<EncodedPhoto>(
      (encoded) => intake.storeVectors(encoder, encoded),
      photosAhead,
    );
    try {
      for await (const photos of inBatches(prepared, encoder.batchSize)) {
        const pixels = photos.map((photo) => photo.pixels);
        throwIfAborted(signal);
        const encodings = await encoder.encodeImages(pixels, signal);
        await vectors.add(photos.map(({ photo }, i) => ({ photo, encoding: encodings[i] })));
      }
    } finally {
      await vectors.end();
    }
  }

  /** Every file that waits. */
  private async *files(encoder: ImageEncoder | null, signal: AbortSignal) {
    const { inbox, intake } = this.parts;
    const onUnread = (entry: InboxEntry) => this.unread.push(entry);
    for (let after = 0; ; ) {
      const entries = await inbox.next(after, entriesAtOnce);
      const last = entries.at(-1);
      if (!last) return;
      for (const entry of entries) {
        yield () => intake.takeIn(entry, encoder?.inputSize ?? null, onUnread, signal);
      }
      after = last.id;
    }
  }

  /** Every photo that lacks the model's vectors. */
  private async *photos({ inputSize }: ImageEncoder, signal: AbortSignal) {
    const { intake, catalog } = this.parts;
    for (const photo of catalog.photosToIndex()) {
      yield () => intake.pixelsOf(photo, inputSize, signal);
    }
  }
}
