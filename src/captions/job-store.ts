/** What outlives the page of the captioning of many photos. */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { AppError } from '../errors';
import type { PhotoId } from '../library/library';
import type { CaptionLanguage } from '../model/encoding';

/** Photos that are to have captions in one language. */
export interface JobTask {
  readonly language: CaptionLanguage;
  readonly photos: readonly PhotoId[];
}

export interface JobProgress {
  readonly paused: boolean;
  /** Photos that could not be captioned. */
  readonly failed: readonly PhotoId[];
}

/**
 * What is done is not written down: that, the captions in the library tell. So the long part, the
 * task, is written once.
 */
interface JobSchema extends DBSchema {
  task: { key: 'current'; value: JobTask };
  progress: { key: 'current'; value: JobProgress };
}

export class JobStore {
  private constructor(private readonly database: IDBPDatabase<JobSchema>) {}

  /** @throws AppError `storage-unavailable` */
  static async open(name: string): Promise<JobStore> {
    try {
      const database = await openDB<JobSchema>(name, 1, {
        upgrade(upgrading) {
          upgrading.createObjectStore('task');
          upgrading.createObjectStore('progress');
        },
        blocking: () => database.close(),
      });
      return new JobStore(database);
    } catch (cause) {
      throw AppError.from(cause, 'storage-unavailable');
    }
  }

  async read(): Promise<{ readonly task: JobTask; readonly progress: JobProgress } | null> {
    const [task, progress] = await Promise.all([
      this.database.get('task', 'current'),
      this.database.get('progress', 'current'),
    ]);
    return task && progress ? { task, progress } : null;
  }

  /** @throws AppError `storage-full`, `storage-unavailable` */
  async begin(task: JobTask, progress: JobProgress): Promise<void> {
    await stored(async () => {
      const transaction = this.database.transaction(['task', 'progress'], 'readwrite');
      await Promise.all([
        transaction.objectStore('task').put(task, 'current'),
        transaction.objectStore('progress').put(progress, 'current'),
        transaction.done,
      ]);
    });
  }

  /** @throws AppError `storage-full`, `storage-unavailable` */
  async note(progress: JobProgress): Promise<void> {
    await stored(() => this.database.put('progress', progress, 'current'));
  }

  /** @throws AppError `storage-unavailable` */
  async clear(): Promise<void> {
    await stored(() => this.database.clear('task'));
  }

  close(): void {
    this.database.close();
  }
}

async function stored(write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (cause) {
    throw AppError.from(cause, 'storage-unavailable');
  }
}
