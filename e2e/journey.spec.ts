import type { Manifest } from '../src/model/manifest.ts';
import { samples } from './support/photos.ts';
import { expect, test } from './support/test.ts';

const photos = samples(
  'shepherd-dog.jpg',
  'polar-bear.jpg',
  'coffee.jpg',
  'mountain-path.jpg',
  'nagasaki-boats.jpg',
  'dahlia.jpg',
  'great-wall.jpg',
  'rocket.jpg',
);

test('photos are found in both languages, re-ranked, and still there after a reload', async ({
  app,
  page,
}) => {
  await test.step('import and index', async () => {
    await app.open();
    await app.photoInput.setInputFiles(photos);
    await app.indexed(photos.length);
  });

  const english = await test.step('search in English', async () => {
    const results = await app.search('a dog');
    expect(results.map(({ rank }) => rank)).toEqual(photos.map((_, index) => index + 1));
    expect(results[0]?.photo).toBe('shepherd-dog.jpg');
    return results;
  });

  await test.step('the order is that of the final scores', async () => {
    const response = await page.request.get('models/r2d2-mini/manifest.json');
    const { rerank }: Manifest = await response.json();
    const scores = english.map(({ match, cosine }) => {
      expect(match, 'every photo was read closely').not.toBeNull();
      return rerank.matchWeight * (match ?? 0) + rerank.cosineWeight * cosine;
    });
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  });

  await test.step('search in Chinese', async () => {
    expect((await app.search('一杯咖啡'))[0]?.photo).toBe('coffee.jpg');
    expect((await app.search('花'))[0]?.photo).toBe('dahlia.jpg');
  });

  await test.step('the order is seen at every stage', async () => {
    const seen = await page.evaluateHandle(() => {
      const stages: string[] = [];
      new MutationObserver(() => {
        const results = document.querySelector<HTMLElement>('[data-testid="results"]');
        if (results?.dataset.query === 'boats') stages.push(results.dataset.stage ?? '');
      }).observe(document.body, {
        subtree: true,
        attributes: true,
        attributeFilter: ['data-stage'],
      });
      return stages;
    });
    await app.search('boats');
    expect([...new Set(await seen.jsonValue())]).toEqual(['pre-rank', 're-rank', 'done']);
  });

  await test.step('reload', async () => {
    await page.reload();
    await app.ready();
    await app.indexed(photos.length);
    expect(await app.search('a dog')).toEqual(english);
  });
});

test('a newer query takes the place of the one before', async ({ app }) => {
  await app.open();
  await app.photoInput.setInputFiles(photos);
  await app.indexed(photos.length);
  await app.searchBox.fill('boats');
  await app.searchBox.fill('a rocket');
  expect((await app.finalResults('a rocket'))[0]?.photo).toBe('rocket.jpg');
  await expect(app.results).toHaveAttribute('data-query', 'a rocket');
});
