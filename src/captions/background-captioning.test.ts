import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AppError } from '../errors';
import type { StoredCaption } from '../library/captions';
import type { PhotoId } from '../library/library';
import { modelKey } from '../search/testing/memory-library';
import { BackgroundCaptioning } from './background-captioning';
import { Captioning } from './captioning';
import type { CaptionJobState } from './captions';
import { CaptionedLibrary, matchingOf, WritingEngine } from './testing';

const photos: readonly PhotoId[] = ['p0', 'p1', 'p2', 'p3'];
/** The photos' tokens are their numbers. */
const scripts = Object.fromEntries(
  photos.map((id, number) => [number, [{ text: `photo ${id}`, score: -1 }]]),
);

let jobs: BackgroundCaptioning[] = [];

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory());
  vi.stubGlobal('navigator', {});
});

afterEach(() => {
  for (const job of jobs) job.close();
  jobs = [];
});

/** A page that is opened. */
async function open(library = new CaptionedLibrary(photos), engine = new WritingEngine(scripts)) {
  const source = {
    async tokens(photo: { kind: string; id?: string }) {
      const number = photos.indexOf(photo.id ?? '');
      if (broken.has(number)) throw new AppError('photo-broken', 'The photo is damaged.');
      return Float32Array.of(number);
    },
    embedding: async () => Float32Array.of(1),
  };
  const captioning = new Captioning(engine, source, matchingOf({ 'photo p1': 0.5 }));
  const job = await BackgroundCaptioning.open({ engine, library, captioning, retryDelayMs: 1 });
  jobs.push(job);
  return { job, library, engine };
}

const broken = new Set<number>();
beforeEach(() => broken.clear());

function until(
  job: BackgroundCaptioning,
  wanted: Partial<CaptionJobState>,
): Promise<CaptionJobState> {
  return vi.waitFor(() => {
    expect(job.state()).toMatchObject(wanted);
    return job.state();
  });
}

it('captions photos one after the other in the background, and says how far it is', async () => {
  const { job, library, engine } = await open();
  const states: CaptionJobState[] = [];
  job.subscribe((state) => states.push(state));
  await job.start(photos, 'zh');
  await until(job, { status: 'idle', language: 'zh', done: 4, total: 4, failed: 0 });
  expect(library.texts('zh')).toEqual(['photo p0', 'photo p1', 'photo p2', 'photo p3']);
  expect(library.captions().get('p1')?.zh?.source).toEqual({
    kind: 'model',
    modelKey,
    match: 0.25,
  });
  expect(states.map(({ done }) => done)).toEqual([0, 1, 2, 3, 4, 4]);
  expect(engine.calls.every(({ options }) => options.priority === 'background')).toBe(true);
});

it('leaves alone what a person or this model wrote, and replaces another model’s', async () => {
  const { job, library, engine } = await open();
  await library.setCaption('p0', 'zh', { text: 'mine', source: { kind: 'hand' } });
  const byModel = (key: typeof modelKey): StoredCaption => ({
    text: 'written before',
    source: { kind: 'model', modelKey: key, match: null },
  });
  await library.setCaption('p1', 'zh', byModel(modelKey));
  await library.setCaption('p2', 'zh', byModel('older@1'));
  library.present.delete('p3');
  await job.start(photos, 'zh');
  await until(job, { status: 'idle', done: 4 });
  expect(library.texts('zh')).toEqual(['mine', 'written before', 'photo p2', null]);
  expect(engine.calls.filter(({ kind }) => kind === 'caption')).toHaveLength(1);
});

it('goes on after a reload where it was', async () => {
  const { job, library, engine } = await open();
  engine.onWord = () => {
    if (library.texts('en')[1]) job.close();
  };
  await job.start(photos, 'en');
  await vi.waitFor(() => expect(library.texts('en')[1]).not.toBeNull());
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(library.texts('en').slice(2)).toEqual([null, null]);

  const again = await open(library);
  expect(again.job.state()).toMatchObject({ status: 'running', language: 'en', done: 2, total: 4 });
  await until(again.job, { status: 'idle', done: 4 });
  const third = await open(library);
  expect(third.job.state()).toMatchObject({ status: 'idle', total: 0 });
});

it('stays paused over a reload until it is resumed', async () => {
  const { job, library, engine } = await open();
  engine.onWord = () => job.pause();
  await job.start(photos, 'en');
  await until(job, { status: 'paused', done: 0 });
  await new Promise((resolve) => setTimeout(resolve, 20));
  job.close();
  expect(library.texts('en')).toEqual([null, null, null, null]);

  const again = await open(library);
  expect(again.job.state()).toMatchObject({ status: 'paused', done: 0, total: 4 });
  again.job.resume();
  await until(again.job, { status: 'idle', done: 4 });
});

it('keeps what is written when it is cancelled, and nothing comes after it', async () => {
  const { job, library, engine } = await open();
  let cancelled: Promise<void> | undefined;
  engine.onWord = () => {
    if (library.texts('en')[0]) cancelled ??= job.cancel();
  };
  await job.start(photos, 'en');
  await vi.waitFor(() => expect(cancelled).toBeDefined());
  await cancelled;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(job.state()).toMatchObject({ status: 'idle', done: 0, total: 0 });
  expect(library.texts('en')).toEqual(['photo p0', null, null, null]);
  const again = await open(library);
  expect(again.job.state()).toMatchObject({ status: 'idle', total: 0 });
});

it('counts photos that cannot be captioned, also after a reload, and does the others', async () => {
  broken.add(0);
  const { job, library, engine } = await open();
  engine.onWord = () => job.pause();
  await job.start(photos, 'en');
  await until(job, { status: 'paused', failed: 1 });
  job.close();
  const again = await open(library);
  expect(again.job.state()).toMatchObject({ status: 'paused', failed: 1, done: 0 });
  again.job.resume();
  await until(again.job, { status: 'idle', done: 3, failed: 1 });
  expect(library.texts('en')).toEqual([null, 'photo p1', 'photo p2', 'photo p3']);
});

it('counts a photo that failed once, also when it is removed or described by hand', async () => {
  broken.add(0).add(1);
  const { job, library, engine } = await open();
  engine.onWord = () => job.pause();
  await job.start(photos, 'en');
  await until(job, { status: 'paused', done: 0, failed: 2 });
  library.present.delete('p0');
  await library.setCaption('p1', 'en', { text: 'mine', source: { kind: 'hand' } });
  expect(job.state()).toMatchObject({ done: 2, failed: 0, total: 4 });
});

it('begins as failed where its database cannot be read, and goes on once it can', async () => {
  const { job, library, engine } = await open();
  engine.onWord = () => job.pause();
  await job.start(photos, 'en');
  await until(job, { status: 'paused' });
  // Written only after it is told.
  await new Promise((resolve) => setTimeout(resolve, 20));
  job.close();

  const { indexedDB } = globalThis;
  const refuse = () => {
    throw new DOMException('The database is damaged.', 'UnknownError');
  };
  vi.stubGlobal('indexedDB', { open: refuse });
  const again = await open(library);
  const { status, error } = again.job.state();
  expect([status, error?.code]).toEqual(['failed', 'storage-unavailable']);
  vi.stubGlobal('indexedDB', indexedDB);
  again.job.resume();
  await until(again.job, { status: 'paused', language: 'en', total: 4 });
  again.job.resume();
  await until(again.job, { status: 'idle', done: 4 });
});

it('tries again when the engine was lost for a moment', async () => {
  const { job, engine } = await open();
  engine.trouble.push(new AppError('device-lost', ''), new AppError('engine-stopped', ''));
  await job.start(photos, 'en');
  await until(job, { status: 'idle', done: 4, failed: 0 });
});

it('stops with the engine and goes on with it', async () => {
  const { job, library, engine } = await open();
  const lost = () => new AppError('run-failed', 'The graph fails.');
  engine.trouble.push(lost(), lost(), lost(), lost());
  await job.start(photos, 'en');
  const { error } = await until(job, { status: 'failed', done: 0, total: 4, failed: 0 });
  expect(error?.code).toBe('run-failed');
  engine.setState({ status: 'loading', progress: null });
  engine.setState(modelKey);
  await until(job, { status: 'idle', done: 4 });
  expect(library.texts('en')).not.toContain(null);
});

it('another model amid the task goes on with what is left', async () => {
  const { job, library, engine } = await open();
  let words = 0;
  engine.onWord = () => {
    words += 1;
    if (words === 3) engine.setState('other@1');
  };
  await job.start(photos, 'zh');
  await until(job, { status: 'idle', done: 4, total: 4, failed: 0 });
  const writers = photos.map((id) => {
    const source = library.captions().get(id)?.zh?.source;
    return source?.kind === 'model' ? source.modelKey : null;
  });
  expect(writers[0]).toBe(modelKey);
  expect(writers.at(-1)).toBe('other@1');
  expect(engine.calls.filter(({ kind }) => kind === 'caption')).toHaveLength(photos.length);
});

it('waits for the engine, and says what a package lacks', async () => {
  const engine = new WritingEngine(scripts);
  engine.setState({ status: 'loading', progress: null });
  const { job } = await open(new CaptionedLibrary(photos), engine);
  await job.start(photos, 'zh');
  expect(job.state()).toMatchObject({ status: 'running', done: 0 });
  engine.trouble.push(new AppError('graph-missing', 'No captioner.'));
  engine.setState(modelKey);
  const { error } = await until(job, { status: 'failed' });
  expect(error?.code).toBe('graph-missing');
  job.resume();
  await until(job, { status: 'idle', done: 4 });
});

it('a new task takes the place of the one before', async () => {
  const { job, library } = await open();
  await job.start(photos, 'zh');
  await job.start(['p3', 'p3'], 'en');
  await until(job, { status: 'idle', language: 'en', done: 1, total: 1 });
  expect(library.texts('en')).toEqual([null, null, null, 'photo p3']);
  expect(library.texts('zh').filter(Boolean).length).toBeLessThan(2);
});

it('a task that another tab begins with the same photos is done as a whole', async () => {
  const library = new CaptionedLibrary(photos);
  const { job } = await open(library);
  await job.start(photos, 'zh');
  await until(job, { status: 'idle', done: 4 });
  const other = await open(library);
  let words = 0;
  other.engine.onWord = () => {
    words++;
    if (words === 3) other.job.close();
  };
  await other.job.start(photos, 'en');
  await until(job, { status: 'idle', language: 'en', done: 4 });
  expect(library.texts('en')).toEqual(['photo p0', 'photo p1', 'photo p2', 'photo p3']);
});

it('another tab sees the task and takes it over', async () => {
  const { job, library } = await open();
  const other = await open(library);
  await job.start(photos, 'zh');
  job.pause();
  await until(other.job, { status: 'paused', total: 4, language: 'zh' });
  other.job.resume();
  await until(other.job, { status: 'idle' });
  await until(job, { status: 'idle' });
  expect(library.texts('zh')).not.toContain(null);
});
