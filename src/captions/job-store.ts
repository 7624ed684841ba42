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

export function isSameTask(one: JobTask | null, other: JobTask | null): boolean {
  if (one === null || other === null) return one === other;
  return (
    one.language === other.language &&
    one.photos.length === other.photos.length &&
    one.photos.every((id, place) => id === other.photos[place])
  );
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
  #database: Promise<IDBPDatabase<JobSchema>> | null = null;

  constructor(private readonly name: string) {}

  /** @throws AppError `storage-unavailable` */
  async read(): Promise<{ readonly task: JobTask; readonly progress: JobProgress } | null> {
    return await this.#with(async (database) => {
      const [task, progress] = await Promise.all([
        database.get('task', 'current'),
        database.get('progress', 'current'),
      ]);
      return task && progress ? { task, progress } : null;
    });
  }

  /** @throws AppError `storage-full`, `storage-unavailable` */
  async begin(task: JobTask, progress: JobProgress): Promise<void> {
    await this.#with(async (database) => {
      const transaction = database.transaction(['task', 'progress'], 'readwrite');
      await Promise.all([
        transaction.objectStore('task').put(task, 'current'),
        transaction.objectStore('progress').put(progress, 'current'),
        transaction.done,
      ]);
    });
  }

  /** @throws AppError `storage-full`, `storage-unavailable` */
  async note(progress: JobProgress): Promise<void> {
    await this.#with((database) => database.put('progress', progress, 'current'));
  }

  /** @throws AppError `storage-unavailable` */
  async clear(): Promise<void> {
    await this.#with((database) => database.clear('task'));
  }

  close(): void {
    this.#database?.then(
      (database) => database.close(),
      () => {},
    );
    this.#database = null;
  }

  async #with<T>(work: (database: IDBPDatabase<JobSchema>) => Promise<T>): Promise<T> {
    try {
      return await work(await this.#open());
    } catch (cause) {
      throw AppError.from(cause, 'storage-unavailable');
    }
  }

  /** Where it could not be opened, or the browser has closed it, the next call tries again. */
  #open(): Promise<IDBPDatabase<JobSchema>> {
    this.#database ??= openDB<JobSchema>(this.name, 1, {
      upgrade(database) {
        database.createObjectStore('task');
        database.createObjectStore('progress');
      },
      blocking: () => this.close(),
      terminated: () => {
        this.#database = null;
      },
    }).catch((error) => {
      this.#database = null;
      throw error;
    });
    return this.#database;
  }
}
