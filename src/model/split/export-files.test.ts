import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PackageServer } from '../fixtures/package-server';
import type { LoadProgress } from '../packages/receive';
import { exportFromFiles, exportFromUrl } from './export-files';

const folder = join(import.meta.dirname, '../../../e2e/fixtures/chinese-clip');
const model = readFileSync(join(folder, 'onnx/model.onnx'));
const tokenizer = readFileSync(join(folder, 'tokenizer.json'));

let server: PackageServer;
const ignored = () => undefined;

beforeEach(async () => {
  server = new PackageServer();
  await server.start();
});

afterEach(() => server.stop());

describe('an export at an address', () => {
  it('brings the files of the folder around it along', async () => {
    const repository = '/Xenova/chinese-clip-vit-base-patch16/resolve/main/';
    server.files.set(`${repository}onnx/model_quantized.onnx`, model);
    server.files.set(`${repository}tokenizer.json`, tokenizer);
    const progress: LoadProgress[] = [];
    const url = `${server.origin}${repository}onnx/model_quantized.onnx`;
    const files = await exportFromUrl(url, (step) => progress.push(step));
    expect(files.id).toBe('chinese-clip-vit-base-patch16-model_quantized');
    expect(files.origin).toBe(url);
    expect(files.model.size).toBe(model.length);
    expect(files.tokenizer).toBe(tokenizer.toString());
    expect(files.preprocessor).toBeUndefined();
    expect(progress.at(-1)).toEqual({ loadedBytes: model.length, totalBytes: model.length });
    expect(server.requests).toEqual([
      `${repository}onnx/tokenizer.json`,
      `${repository}tokenizer.json`,
      `${repository}onnx/preprocessor_config.json`,
      `${repository}preprocessor_config.json`,
      `${repository}onnx/model_quantized.onnx`,
    ]);
  });

  it('is not downloaded without a tokenizer', async () => {
    server.files.set('/model.onnx', model);
    const download = exportFromUrl(`${server.origin}/model.onnx`, ignored);
    await expect(download).rejects.toMatchObject({
      code: 'model-file-missing',
      params: { file: 'tokenizer.json' },
    });
    expect(server.requests).not.toContain('/model.onnx');
  });

  it('says what the server answers, and that a connection broke', async () => {
    const url = `${server.origin}/model.onnx`;
    server.files.set('/tokenizer.json', tokenizer);
    server.files.set('/model.onnx', 503);
    await expect(exportFromUrl(url, ignored)).rejects.toMatchObject({
      code: 'export-download-failed',
      params: { detail: 'the server answers 503' },
    });
    server.files.set('/model.onnx', model);
    server.trouble = { path: '/model.onnx', after: 100_000 };
    await expect(exportFromUrl(url, ignored)).rejects.toMatchObject({
      code: 'export-download-failed',
      params: { detail: 'the connection broke' },
    });
  });

  it('of a site that cannot be reached is named', async () => {
    const { origin } = server;
    await server.stop();
    await expect(exportFromUrl(`${origin}/model.onnx`, ignored)).rejects.toMatchObject({
      code: 'cross-origin-refused',
      params: { site: new URL(origin).host },
    });
    await server.start();
  });
});

describe('an export of files', () => {
  const file = (name: string, content: Buffer) => new File([new Uint8Array(content)], name);

  it.each([
    ['model.onnx', 'chinese-clip'],
    ['My model (1).onnx', 'My-model-1'],
    ['模型.onnx', 'chinese-clip'],
    ['model 50%.onnx', 'model-50'],
  ])('%s has the id %s', async (name, id) => {
    const files = [file(name, model), file('tokenizer.json', tokenizer)];
    expect((await exportFromFiles(files)).id).toBe(id);
  });

  it('needs a model and a tokenizer', async () => {
    for (const [present, missing] of [
      [file('model.onnx', model), 'tokenizer.json'],
      [file('tokenizer.json', tokenizer), 'model.onnx'],
    ] as const) {
      await expect(exportFromFiles([present])).rejects.toMatchObject({
        code: 'model-file-missing',
        params: { file: missing },
      });
    }
  });
});
