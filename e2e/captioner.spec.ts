import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import type { Backend } from '../src/engine/engine';
import type { CaptionDraft, CaptionLanguage, CaptionStep } from '../src/model/encoding';
import { developmentUrl } from './support/addresses.ts';
import { expect, test } from './support/test.ts';

test.use({ baseURL: developmentUrl });

const modelUrl = '/e2e/fixtures/models/tiny';
const root = join(import.meta.dirname, '..');

/** What the modelling package writes about tokens that are the sine of their place. */
function makeReference(): Readonly<Record<CaptionLanguage, readonly CaptionDraft[]>> {
  const python = join(root, 'modelling/.venv/bin/python');
  const script = join(root, 'e2e/reference/make_captions.py');
  const { status, stdout, stderr } = spawnSync(python, [script, join(root, modelUrl), '5'], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`npm run modelling -- --help makes what is missing: ${stderr}`);
  return JSON.parse(stdout);
}

async function open(page: Page): Promise<void> {
  // Keeps the development server from reloading the page when a source is saved meanwhile.
  await page.routeWebSocket('**', () => undefined);
  await page.goto('/e2e/harness/engine.html');
  await page.waitForFunction(() => 'harness' in window);
}

/** Has captions of a generated photo written, one after the other. */
async function write(
  page: Page,
  backend: Backend,
  languages: readonly CaptionLanguage[],
): Promise<readonly (readonly CaptionStep[])[]> {
  return page.evaluate(
    async (options) => {
      const engine = window.harness.start(options);
      try {
        const { manifest } = await engine.ready();
        const { size } = manifest.image;
        const data = Uint8Array.from({ length: size * size * 3 }, (_, i) => (i * 7) % 256);
        const [photo] = await engine.encodeImages([{ size, data }]);
        const writings = [];
        for (const language of options.languages) {
          const steps = [];
          for await (const step of engine.caption(photo?.tokens ?? new Float32Array(), language)) {
            steps.push(step);
          }
          writings.push(steps);
        }
        return writings;
      } finally {
        engine.close();
      }
    },
    { modelUrl, backend, languages },
  );
}

test('captions are written word by word, alike on WebGPU and WASM', async ({ page }) => {
  // The software adapter takes minutes on a busy machine.
  test.slow();
  await open(page);
  const cpu = await write(page, 'wasm', ['zh', 'en']);
  const gpu = await write(page, 'webgpu', ['zh', 'en']);
  for (const steps of [...cpu, ...gpu]) {
    expect(steps.length).toBeGreaterThan(1);
    const unfinished = steps.slice(0, -1);
    expect(unfinished.map(({ drafts }) => drafts)).toEqual(unfinished.map(() => null));
    const sentences = draftsOf(steps).map(({ text }) => text);
    expect(sentences.length).toBeGreaterThan(1);
    expect(new Set(sentences).size).toBe(sentences.length);
    for (const sentence of sentences) expect(sentence).not.toMatch(/^\s*$|<|\uFFFD/);
  }
  // Each back end has its own quantization of the weights.
  for (const [i, steps] of gpu.entries()) {
    const [best] = draftsOf(steps);
    const same = draftsOf(cpu[i] ?? []).find(({ text }) => text === best?.text);
    expect(Math.abs((same?.score ?? Number.NaN) - (best?.score ?? Number.NaN))).toBeLessThan(0.1);
  }
});

test('the same sentences and scores as in Python', async ({ page }) => {
  const reference = makeReference();
  await page.route('**/manifest.json', async (route) => {
    const response = await route.fetch();
    const manifest = await response.json();
    // Without variants for back ends, the float32 graphs are taken.
    for (const graphs of Object.values<Record<string, unknown>>(manifest.graphs)) {
      delete graphs.wasm;
      delete graphs.webgpu;
    }
    await route.fulfill({ response, json: manifest });
  });
  await open(page);
  const written = await page.evaluate(async (url) => {
    const engine = window.harness.start({ modelUrl: url, backend: 'wasm' });
    try {
      const { count, width } = (await engine.ready()).manifest.tokens.image;
      const tokens = Float32Array.from({ length: count * width }, (_, place) => Math.sin(place));
      const captions: Record<string, readonly CaptionDraft[]> = {};
      for (const language of ['zh', 'en'] as const) {
        for await (const { drafts } of engine.caption(tokens, language)) {
          if (drafts) captions[language] = drafts;
        }
      }
      return captions;
    } finally {
      engine.close();
    }
  }, modelUrl);
  for (const language of ['zh', 'en'] as const) {
    const expected = reference[language];
    // The app leaves out blanks between Chinese characters.
    const letters = ({ text }: CaptionDraft) => text.replaceAll(' ', '');
    expect(written[language]?.map(letters)).toEqual(expected.map(letters));
    for (const [i, { score }] of expected.entries()) {
      expect(written[language]?.[i]?.score).toBeCloseTo(score, 4);
    }
  }
});

function draftsOf(steps: readonly CaptionStep[]): readonly CaptionDraft[] {
  return steps.at(-1)?.drafts ?? [];
}
