import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as Onnxruntime from 'onnxruntime-web';
import type { InferenceSession as Session, Tensor as Values } from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../errors';
import type { GraphFile, Manifest } from '../manifest';
import { parseManifest } from '../package';
import type { PackageSource } from '../packages/source';
import { splitSource } from './split-source';

/** Vite would give the build for browsers. */
const { InferenceSession, Tensor }: typeof Onnxruntime = createRequire(import.meta.url)(
  'onnxruntime-web',
);

const folder = join(import.meta.dirname, '../../../e2e/fixtures/chinese-clip');
const read = (name: string) => readFileSync(join(folder, name));

function fixture(model: Buffer) {
  return splitSource({
    origin: 'model.onnx',
    id: 'chinese-clip',
    model: new Blob([new Uint8Array(model)]),
    tokenizer: read('tokenizer.json').toString(),
    preprocessor: read('preprocessor_config.json').toString(),
  });
}

async function bytesOf(source: PackageSource, file: string): Promise<Uint8Array> {
  const { stream } = await source.open(file, { from: 0 });
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function sessionOf(source: PackageSource, graph: GraphFile): Promise<Session> {
  const externalData = [];
  for (const { file } of graph.external ?? []) {
    externalData.push({ path: file, data: await bytesOf(source, file) });
  }
  return InferenceSession.create(await bytesOf(source, graph.file), { externalData });
}

/** The same numbers in every run. */
function noise(length: number): Float32Array {
  return Float32Array.from({ length }, (_, index) => Math.sin(index * 12.9898) * 2);
}

const ids = [2, 5, 9, 12, 3, 2, 7, 3, 0, 0];
const mask = [1, 1, 1, 1, 1, 1, 1, 1, 0, 0];
const pixels = noise(3 * 3 * 32 * 32);

async function wholeOutputs(model: Buffer) {
  const session = await InferenceSession.create(new Uint8Array(model));
  const int64 = (values: number[]) => new Tensor('int64', values.map(BigInt), [2, 5]);
  return session.run({
    input_ids: int64(ids),
    attention_mask: int64(mask),
    pixel_values: new Tensor('float32', pixels, [3, 3, 32, 32]),
  });
}

function differences(a: Values | undefined, b: Values | undefined): number {
  expect(a?.dims).toEqual(b?.dims);
  const other = b?.data as Float32Array;
  const gaps = Array.from(a?.data as Float32Array, (value, index) =>
    Math.abs(value - (other[index] as number)),
  );
  return Math.max(...gaps);
}

function unitLength(embeddings: Values | undefined): Values {
  const [rows = 0, width = 0] = embeddings?.dims ?? [];
  const values = Float32Array.from(embeddings?.data as Float32Array);
  for (let row = 0; row < rows; row++) {
    const part = values.subarray(row * width, (row + 1) * width);
    const length = Math.hypot(...part);
    part.forEach((value, index) => {
      part[index] = value / length;
    });
  }
  return new Tensor('float32', values, [rows, width]);
}

async function manifestOf(source: PackageSource): Promise<Manifest> {
  return parseManifest(await source.manifest(), 'test');
}

describe('an export with both encoders', () => {
  it.each([
    ['model.onnx', 'fp32', 1e-6],
    // Also a file whose nodes are in no order.
    ['model_fp16.onnx', 'webgpu', 1e-3],
    ['model_quantized.onnx', 'wasm', 1e-6],
    // By the newer exporter of PyTorch, and with embeddings of any length.
    ['model_dynamo.onnx', 'fp32', 1e-6],
  ] as const)(
    '%s gives two graphs that compute what it computes',
    async (name, variant, tolerance) => {
      const model = read(`onnx/${name}`);
      const source = await fixture(model);
      const { graphs } = await manifestOf(source);
      expect(Object.keys(graphs.imageEncoder)).toContain(variant);
      const image = await sessionOf(source, graphs.imageEncoder[variant] as GraphFile);
      const text = await sessionOf(source, graphs.textEncoder[variant] as GraphFile);
      expect(image.inputNames).toEqual(['pixel_values']);
      expect(text.inputNames).toEqual(['input_ids', 'attention_mask']);

      const int32 = (values: number[]) => new Tensor('int32', Int32Array.from(values), [2, 5]);
      const images = await image.run({
        pixel_values: new Tensor('float32', pixels, [3, 3, 32, 32]),
      });
      const texts = await text.run({ input_ids: int32(ids), attention_mask: int32(mask) });
      const whole = await wholeOutputs(model);
      expect(differences(images.image_embeds, unitLength(whole.image_embeds))).toBeLessThan(
        tolerance,
      );
      expect(differences(texts.text_embeds, unitLength(whole.text_embeds))).toBeLessThan(tolerance);
      expect(images.image_tokens?.dims).toEqual([3, 17, 24]);
      expect(texts.text_tokens?.dims).toEqual([2, 5, 32]);
    },
  );

  it('is described by what its graph says', async () => {
    const source = await fixture(read('onnx/model.onnx'));
    const manifest = await manifestOf(source);
    expect(manifest).toMatchObject({
      id: 'chinese-clip',
      languages: ['zh'],
      image: { size: 32, mean: [0.48145466, 0.4578275, 0.40821073] },
      text: { maxTokens: 52, prefix: '' },
      embedding: { dimensions: 20 },
      tokens: { image: { count: 17, width: 24 }, text: { width: 32 } },
      rerank: { candidates: 0 },
    });
    expect(manifest.graphs.ranker).toBeUndefined();
    // The model's own initial value: the exponential of 2.6592.
    expect(manifest.embedding.logitScale).toBeCloseTo(Math.exp(2.6592), 3);
    const tokenizer = JSON.parse(new TextDecoder().decode(await bytesOf(source, 'tokenizer.json')));
    expect(tokenizer).toMatchObject({ truncation: null, padding: null });
  });

  it('shows its temperature in float16, too', async () => {
    const { embedding } = await manifestOf(await fixture(read('onnx/model_fp16.onnx')));
    expect(embedding.logitScale).toBeCloseTo(Math.exp(2.6592), 1);
  });

  it('has another version for other weights, and the same one for the same', async () => {
    const version = async (name: string) => (await manifestOf(await fixture(read(name)))).version;
    const first = await version('onnx/model.onnx');
    expect(await version('onnx/model.onnx')).toBe(first);
    expect(await version('onnx/model_quantized.onnx')).not.toBe(first);
  });
});

describe('a file that cannot be split', () => {
  const codeOf = (promise: Promise<unknown>) =>
    promise.then(
      () => null,
      (error: AppError) => [error instanceof AppError, error.code, error.message] as const,
    );

  it.each([
    ['nothing', Buffer.alloc(0), 'it holds no graph'],
    ['a picture', Buffer.from('\x89PNG\r\n\x1a\n and much more', 'latin1'), ''],
    ['a text', Buffer.from('{"not": "a model"}'), ''],
    [
      'a graph whose weights lie elsewhere',
      readFileSync(join(folder, '../models/tiny/image-encoder.fp32.onnx')),
      'in another file',
    ],
    ['half a file', read('onnx/model.onnx').subarray(0, 100_000), 'longer than'],
  ])('%s is named and refused', async (_, content, detail) => {
    const [isAppError, code, message] = (await codeOf(fixture(content))) ?? [];
    expect(isAppError).toBe(true);
    expect(code).toBe('export-unusable');
    expect(message).toContain(detail);
  });

  it('is one whose tokenizer is none', async () => {
    const model = new Blob([new Uint8Array(read('onnx/model.onnx'))]);
    const source = splitSource({ origin: 'x', id: 'x', model, tokenizer: 'no JSON' });
    expect((await codeOf(source))?.[1]).toBe('tokenizer-invalid');
  });
});
