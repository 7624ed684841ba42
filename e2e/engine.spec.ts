import type { Page } from '@playwright/test';
import type { Backend, EngineOptions } from '../src/engine/engine';
import { developmentUrl } from './support/addresses.ts';
import { expect, test } from './support/test.ts';

test.use({ baseURL: developmentUrl });

const modelUrl = '/e2e/fixtures/models/tiny';

/** What the tests read of one model's answers; plain arrays, so that they leave the page. */
interface Answers {
  readonly backend: Backend;
  readonly images: readonly number[][];
  readonly text: readonly number[];
  readonly pieces: readonly string[];
  readonly matches: readonly number[];
  readonly attention: readonly number[];
}

async function open(page: Page): Promise<void> {
  // Keeps the development server from reloading the page when a source is saved meanwhile.
  await page.routeWebSocket('**', () => undefined);
  await page.goto('/e2e/harness/engine.html');
  await page.waitForFunction(() => 'harness' in window);
}

/** Encodes two generated photos and a sentence on a fresh engine and ranks them. */
async function answers(page: Page, options: Omit<EngineOptions, 'modelUrl'>): Promise<Answers> {
  return page.evaluate(
    async (engineOptions) => {
      const engine = window.harness.start(engineOptions);
      try {
        const { backend, manifest } = await engine.ready();
        const { size } = manifest.image;
        const photos = [3, 11].map((step) => ({
          size,
          data: Uint8Array.from({ length: size * size * 3 }, (_, i) => (i * step) % 256),
        }));
        const images = await engine.encodeImages(photos);
        const text = await engine.encodeText('雪地里的狗, a dog in the snow');
        const ranking = await engine.rank(
          text,
          images.map(({ tokens }) => tokens),
        );
        return {
          backend,
          images: images.map(({ embedding }) => Array.from(embedding)),
          text: Array.from(text.embedding),
          pieces: text.pieces,
          matches: Array.from(ranking.matchProbabilities),
          attention: Array.from(ranking.attention),
        };
      } finally {
        engine.close();
      }
    },
    { ...options, modelUrl },
  );
}

function cosine(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? Number.NaN), 0);
}

test('WebGPU and WASM agree', async ({ page }) => {
  // The software adapter takes minutes on a busy machine.
  test.slow();
  await open(page);
  const cpu = await answers(page, { backend: 'wasm' });
  const gpu = await answers(page, { backend: 'webgpu' });
  expect([cpu.backend, gpu.backend]).toEqual(['wasm', 'webgpu']);
  expect(gpu.pieces).toEqual(cpu.pieces);
  // Each back end has its own quantization of the weights.
  for (const [index, embedding] of cpu.images.entries()) {
    expect(cosine(embedding, embedding)).toBeCloseTo(1, 4);
    expect(cosine(embedding, gpu.images[index] ?? [])).toBeGreaterThan(0.99);
  }
  expect(cosine(cpu.text, gpu.text)).toBeGreaterThan(0.99);
  for (const [index, match] of cpu.matches.entries()) {
    expect(Math.abs(match - (gpu.matches[index] ?? Number.NaN))).toBeLessThan(0.05);
  }
  const rows = cpu.matches.length * cpu.pieces.length;
  expect(cpu.attention.length % rows).toBe(0);
  expect(cpu.attention.reduce((sum, value) => sum + value, 0)).toBeCloseTo(rows, 2);
});

test('goes on after a lost device', async ({ page }) => {
  // The software adapter takes minutes on a busy machine.
  test.slow();
  await open(page);
  const { states, lost, length } = await page.evaluate(async (url) => {
    const engine = window.harness.start({ modelUrl: url, backend: 'webgpu' });
    await engine.ready();
    const statuses: string[] = [];
    engine.subscribe(({ status }) => {
      if (statuses.at(-1) !== status) statuses.push(status);
    });
    new BroadcastChannel('engine-trouble').postMessage('lose-device');
    // What is under way fails, what comes later is answered by the new worker.
    const first = await engine.encodeText('dog').then(
      () => 'answered',
      (error: { code: string }) => error.code,
    );
    const { embedding } = await engine.encodeText('dog');
    engine.close();
    return { states: statuses, lost: first, length: Math.hypot(...embedding) };
  }, modelUrl);
  expect(['device-lost', 'answered']).toContain(lost);
  expect(states.slice(0, 2)).toEqual(['loading', 'ready']);
  expect(length).toBeCloseTo(1, 3);
});

test('replaces a worker that hangs', async ({ page }) => {
  await open(page);
  const { failure, length } = await page.evaluate(async (url) => {
    const engine = window.harness.start(
      { modelUrl: url, backend: 'wasm' },
      { silenceLimit: 20_000 },
    );
    await engine.ready();
    const channel = new BroadcastChannel('engine-trouble');
    const heard = new Promise((resolve) => {
      channel.addEventListener('message', resolve, { once: true });
    });
    channel.postMessage('hang');
    await heard;
    const code = await engine.encodeText('dog').then(
      () => 'answered',
      (error: { code: string }) => error.code,
    );
    const { embedding } = await engine.encodeText('dog');
    engine.close();
    return { failure: code, length: Math.hypot(...embedding) };
  }, modelUrl);
  expect(failure).toBe('engine-timeout');
  expect(length).toBeCloseTo(1, 3);
});

test('starts from what it kept where the server is gone', async ({ page, requests }) => {
  await open(page);
  const online = await answers(page, { backend: 'wasm' });
  await page.route(`**${modelUrl}/**`, (route) => route.abort());
  const before = requests.length;
  const offline = await answers(page, { backend: 'wasm' });
  expect(offline).toEqual(online);
  const graphs = requests.slice(before).filter((url) => /\.(onnx|bin)$/.test(url));
  expect(graphs).toEqual([]);
});

test('a tokenizer without special tokens starts, and a text that it knows nothing of is refused', async ({
  page,
}) => {
  await open(page);
  await page.route(`**${modelUrl}/manifest.json`, async (route) => {
    const manifest = await (await route.fetch()).json();
    await route.fulfill({ json: { ...manifest, text: { ...manifest.text, prefix: '' } } });
  });
  const letters = { type: 'BPE', vocab: { a: 0, d: 1, o: 2, g: 3 }, merges: [] };
  await page.route(`**${modelUrl}/tokenizer.json`, (route) =>
    route.fulfill({ json: { model: letters } }),
  );
  const answer = await page.evaluate(async (url) => {
    const engine = window.harness.start({ modelUrl: url, backend: 'wasm' });
    await engine.ready();
    const refusal = await engine.encodeText('🐶').catch((thrown: unknown) => thrown);
    const { status } = engine.getState();
    const { pieces } = await engine.encodeText('dog');
    engine.close();
    const { code, params } = refusal as { code: string; params: object };
    return { code, params, status, pieces };
  }, modelUrl);
  expect(answer).toEqual({
    code: 'text-empty',
    params: { text: '🐶' },
    status: 'ready',
    pieces: ['d', 'o', 'g'],
  });
});

test('says which file of a model cannot be had', async ({ page }) => {
  await open(page);
  await page.route('**/ranker.wasm.onnx', (route) => route.fulfill({ status: 404 }));
  const error = await page.evaluate(async (url) => {
    const engine = window.harness.start({ modelUrl: url, backend: 'wasm' });
    const failure = await engine.ready().catch((thrown: unknown) => thrown);
    engine.close();
    const { code, params } = failure as { code: string; params: Record<string, string> };
    return { code, params };
  }, modelUrl);
  expect(error).toMatchObject({ code: 'model-file-missing', params: { file: 'ranker.wasm.onnx' } });
});
