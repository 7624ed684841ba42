import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AppPage } from './support/app-page.ts';
import { album, samples } from './support/photos.ts';
import { expect, test } from './support/test.ts';

const root = join(import.meta.dirname, '..');
const python = join(root, 'modelling/.venv/bin/python');

interface Scores {
  readonly cosine: number;
  readonly match: number;
  readonly score: number;
}

interface Reference {
  /** File name to embedding. */
  readonly embeddings: Readonly<Record<string, readonly number[]>>;
  readonly rankings: readonly {
    readonly query: string;
    readonly photos: Readonly<Record<string, Scores>>;
  }[];
}

/** What the modelling package makes of the same photos with the same model. */
function makeReference(folder: string): Reference {
  if (!existsSync(python)) {
    throw new Error(
      'These tests need the Python environment: npm run modelling -- --help makes it.',
    );
  }
  const script = join(root, 'e2e/reference/make_reference.py');
  const parameters = [script, join(root, 'public/models/r2d2-mini'), join(root, 'public/sample')];
  const { status, stderr } = spawnSync(python, [...parameters, folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(readFileSync(join(folder, 'reference.json'), 'utf8'));
}

/** File name to stored embedding: the only place where a test looks behind the page. */
async function storedEmbeddings(app: AppPage): Promise<ReadonlyMap<string, readonly number[]>> {
  const entries = await app.page.evaluate(async () => {
    const all = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    for (const { name = '' } of await indexedDB.databases()) {
      const database = await all(indexedDB.open(name));
      if (!database.objectStoreNames.contains('embeddings')) continue;
      const read = database.transaction(['photos', 'embeddings']);
      const photos: { id: string; paths: string[] }[] = await all(
        read.objectStore('photos').getAll(),
      );
      const embeddings: { photoId: string; embedding: Float32Array }[] = await all(
        read.objectStore('embeddings').getAll(),
      );
      const pathOf = new Map(photos.map(({ id, paths }) => [id, paths[0] ?? '']));
      return embeddings.map(
        ({ photoId, embedding }) => [pathOf.get(photoId) ?? '', [...embedding]] as const,
      );
    }
    throw new Error('The library has no database.');
  });
  return new Map(entries);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? Number.NaN), 0);
}

// Both tests share one reference, so they run one after the other in one worker.
test.describe.configure({ mode: 'default' });

const folder = join(root, 'test-results/reference');
let reference: Reference;
test.beforeAll(() => {
  reference = makeReference(folder);
});

test('the app and the modelling package embed photos of every kind alike', async ({ app }) => {
  const names = readdirSync(join(folder, 'photos'));
  await app.open();
  await app.photoInput.setInputFiles(names.map((name) => join(folder, 'photos', name)));
  await app.indexed(names.length);
  const stored = await storedEmbeddings(app);
  for (const name of names) {
    const cosine = dot(stored.get(name) ?? [], reference.embeddings[name] ?? []);
    expect.soft(cosine, `cosine of both embeddings of ${name}`).toBeGreaterThan(0.995);
  }
});

test('the app and the modelling package rank the sample album alike', async ({ app }) => {
  const files = album.photos.map(({ file }) => file);
  await app.open();
  await app.photoInput.setInputFiles(samples(...files));
  await app.indexed(files.length);
  for (const { query, photos } of reference.rankings) {
    const results = await app.search(query);
    for (const { photo, cosine, match } of results) {
      const expected = photos[photo];
      expect.soft(Math.abs(cosine - (expected?.cosine ?? Number.NaN))).toBeLessThan(0.02);
      expect.soft(Math.abs((match ?? 0) - (expected?.match ?? Number.NaN))).toBeLessThan(0.05);
    }
    const best = files.toSorted((a, b) => (photos[b]?.score ?? 0) - (photos[a]?.score ?? 0));
    const top = new Set(best.slice(0, 10));
    const shared = results.slice(0, 10).filter(({ photo }) => top.has(photo)).length;
    expect.soft(shared, `photos that both have in their top 10 for “${query}”`).toBeGreaterThan(8);
    expect.soft(results[0]?.photo, `first for “${query}”`).toBe(best[0]);
  }
});
