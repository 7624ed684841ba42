import { expect, type Locator, type Page } from '@playwright/test';

export type Backend = 'wasm' | 'webgpu';

/** A model package of the tests; the default is the one that the app comes with. */
export const tinyModel = 'e2e/fixtures/models/tiny';

export interface Opening {
  readonly backend?: Backend;
  readonly language?: 'zh' | 'en';
  readonly model?: string;
}

/** A result as the page states it. */
export interface Result {
  readonly photo: string;
  readonly rank: number;
  readonly cosine: number;
  readonly match: number | null;
}

/** The app as people and scripts use it: through its roles and through docs/automation.md. */
export class AppPage {
  readonly engine: Locator;
  readonly indexing: Locator;
  readonly photoInput: Locator;
  readonly folderInput: Locator;
  readonly searchBox: Locator;
  readonly results: Locator;

  constructor(readonly page: Page) {
    this.engine = page.getByTestId('engine');
    this.indexing = page.getByTestId('indexing');
    this.photoInput = page.getByTestId('photo-input');
    this.folderInput = page.getByTestId('folder-input');
    this.searchBox = page.getByRole('searchbox');
    this.results = page.getByTestId('results');
  }

  /** Opens the app and waits until its model is ready. */
  async open({ backend = 'wasm', language = 'en', model }: Opening = {}): Promise<void> {
    const parameters = new URLSearchParams({ backend, lang: language });
    if (model !== undefined) parameters.set('model', model);
    await this.page.goto(`?${parameters}`);
    await this.ready();
  }

  async ready(): Promise<void> {
    // WebGPU on a software adapter takes its time to compile.
    await expect(this.engine).toHaveAttribute('data-state', 'ready', { timeout: 150_000 });
    await expect(this.engine).toBeVisible();
    await expect(this.photoInput).toBeAttached();
  }

  /** Waits until the library holds so many indexed photos and so many failures, and rests. */
  async indexed(done: number, failed = 0): Promise<void> {
    await expect(this.indexing).toHaveAttribute('data-done', String(done), { timeout: 120_000 });
    await expect(this.indexing).toHaveAttribute('data-failed', String(failed));
    await expect(this.indexing).toHaveAttribute('data-state', 'idle');
    await expect(this.indexing).toBeVisible();
  }

  /** Pauses the indexing, and waits until that is kept: a reload within milliseconds would undo it. */
  async pause(): Promise<void> {
    await this.page.getByRole('button', { name: 'Pause' }).click();
    await expect(this.indexing).toHaveAttribute('data-state', 'paused');
    await expect.poll(() => this.page.evaluate(readPaused)).toBe(true);
  }

  /** Types a query and waits for its final order. */
  async search(query: string): Promise<readonly Result[]> {
    await this.searchBox.fill(query);
    return this.finalResults(query);
  }

  async finalResults(query: string): Promise<readonly Result[]> {
    const answer = this.page.locator(
      `[data-testid="results"][data-query=${JSON.stringify(query)}][data-stage="done"]`,
    );
    await expect(answer).toBeAttached();
    return answer.locator('[data-photo]').evaluateAll((elements) =>
      elements
        .map(({ dataset }) => ({
          photo: dataset.photo ?? '',
          rank: Number(dataset.rank),
          cosine: Number(dataset.cosine),
          match: dataset.match === undefined ? null : Number(dataset.match),
        }))
        .sort((a, b) => a.rank - b.rank),
    );
  }
}

/** What the library's database says, run in the page. */
function readPaused(): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('r2d2-library');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      const reading = database.transaction('settings').objectStore('settings').get('paused');
      reading.onerror = () => reject(reading.error);
      reading.onsuccess = () => {
        database.close();
        resolve(reading.result);
      };
    };
  });
}
