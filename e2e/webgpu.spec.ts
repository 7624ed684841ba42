import { tinyModel } from './support/app-page.ts';
import { samples } from './support/photos.ts';
import { expect, test } from './support/test.ts';

const photos = samples('cat.jpg', 'coffee.jpg', 'rocket.jpg');

test('indexes, searches and re-ranks on WebGPU as it does on the processor', async ({ app }) => {
  await app.open({ backend: 'webgpu', model: tinyModel });
  await expect(app.engine).toHaveAttribute('data-backend', 'webgpu');
  await app.photoInput.setInputFiles(photos);
  await app.indexed(photos.length);
  const onGpu = await app.search('a cat');
  expect(onGpu).toHaveLength(photos.length);

  await test.step('the same photos, indexed by the processor', async () => {
    await app.page.evaluate(async () => {
      for (const { name } of await indexedDB.databases()) if (name) indexedDB.deleteDatabase(name);
    });
    await app.open({ backend: 'wasm', model: tinyModel });
    await expect(app.engine).toHaveAttribute('data-backend', 'wasm');
    await app.photoInput.setInputFiles(photos);
    await app.indexed(photos.length);
    const onCpu = new Map((await app.search('a cat')).map((result) => [result.photo, result]));
    for (const { photo, cosine, match } of onGpu) {
      expect(Math.abs(cosine - (onCpu.get(photo)?.cosine ?? Number.NaN))).toBeLessThan(0.05);
      expect(Math.abs((match ?? 0) - (onCpu.get(photo)?.match ?? Number.NaN))).toBeLessThan(0.05);
    }
  });
});
