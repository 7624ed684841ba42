import 'fake-indexeddb/auto';
import { forceCloseDatabase, IDBFactory } from 'fake-indexeddb';
import { beforeEach, expect, it, vi } from 'vitest';
import { JobStore, type JobTask } from './job-store';

const task: JobTask = { language: 'zh', photos: ['p0', 'p1'] };
const progress = { paused: false, failed: [] };

/** Connections in the order in which they were opened. */
let opened: IDBDatabase[] = [];

beforeEach(() => {
  const factory = new IDBFactory();
  opened = [];
  const open = factory.open.bind(factory);
  vi.spyOn(factory, 'open').mockImplementation((name, version) => {
    const request = open(name, version);
    request.addEventListener('success', () => opened.push(request.result));
    return request;
  });
  vi.stubGlobal('indexedDB', factory);
});

it('opens the database anew once the browser has closed it', async () => {
  const store = new JobStore('jobs');
  await store.begin(task, progress);
  const [first] = opened;
  forceCloseDatabase(first as unknown as Parameters<typeof forceCloseDatabase>[0]);
  await vi.waitFor(async () => expect(await store.read()).toEqual({ task, progress }));
  expect(opened).toHaveLength(2);
  store.close();
});
