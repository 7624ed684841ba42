import { album } from './support/photos.ts';
import { expect, test } from './support/test.ts';

/** The photographs that answer each suggested query; one of them has to come first. */
const answers: Readonly<Record<string, readonly string[]>> = {
  一只狗: ['shepherd-dog.jpg', 'dogs-at-the-window.jpg'],
  雪地里的动物: ['polar-bear.jpg'],
  山: ['mountain-path.jpg', 'alps.jpg', 'great-wall.jpg', 'sunset.jpg'],
  一杯咖啡: ['coffee.jpg'],
  船: ['nagasaki-boats.jpg'],
  夕阳: ['sunset.jpg'],
  花: ['dahlia.jpg'],
  'a dog': ['shepherd-dog.jpg', 'dogs-at-the-window.jpg'],
  'an animal in the snow': ['polar-bear.jpg'],
  mountains: ['mountain-path.jpg', 'alps.jpg', 'great-wall.jpg'],
  'a cup of coffee': ['coffee.jpg'],
  boats: ['nagasaki-boats.jpg'],
  'a sunset': ['sunset.jpg'],
};

test('a visitor without photos tries the sample album with its suggested queries', async ({
  app,
  page,
}) => {
  await app.open();
  await page.getByRole('button', { name: 'Try the sample album' }).click();
  await app.indexed(album.photos.length);
  await expect(page.getByRole('heading', { name: 'Sample album' })).toBeVisible();

  for (const language of ['en', 'zh'] as const) {
    await app.open({ language });
    for (const query of album.queries[language]) {
      await app.searchBox.clear();
      await page.getByRole('button', { name: query, exact: true }).click();
      await expect(app.searchBox).toHaveValue(query);
      const [best] = await app.finalResults(query);
      const files = answers[query]?.map((file) => `sample/${file}`);
      expect(files, `${query} finds one of its photographs first`).toContain(best?.photo);
    }
  }
});

test('the photographs of the sample album are credited', async ({ app, page }) => {
  await app.open({ model: 'e2e/fixtures/models/tiny' });
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('tab', { name: 'Credits' }).click();
  const credits = page.getByRole('tabpanel');
  await expect(credits.getByRole('listitem')).toHaveCount(album.photos.length);
  await expect(credits).toContainText('Stefan van der Walt');
  await expect(credits).toContainText('CC BY 4.0');
});
