/**
 * Measures retrieval with a model package in a headless browser, by the app's own code:
 * `npm run evaluate -- --model DIR --photos DIR --captions TSV`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openPage } from './browser-page.mjs';
import { fail } from './install.mjs';

const usage = `npm run evaluate -- --model DIR --photos DIR --captions TSV [options]

  --model DIR       folder of a model package
  --photos DIR      folder of the photos
  --captions TSV    lines of: file, tab, sentence; the file's path is relative to --photos
  --backend NAME    wasm (as it is) or webgpu
  --variant NAME    which graphs of the package: wasm, webgpu or fp32; those of the back end as it is
  --candidates N    how many of each query are re-ranked; the package's own number as it is
  --limit N         the first N photos only
  --json FILE       also write the figures, and the rank of every query`;

function readOptions() {
  const text = { type: 'string' };
  const options = {
    ...{ model: text, photos: text, captions: text, backend: { ...text, default: 'wasm' } },
    ...{ variant: text, candidates: text, limit: text, json: text, help: { type: 'boolean' } },
  };
  let values;
  try {
    ({ values } = parseArgs({ options }));
  } catch (error) {
    fail(`${error.message}\n\n${usage}`);
  }
  if (values.help) {
    console.log(usage);
    process.exit();
  }
  for (const name of ['model', 'photos', 'captions']) {
    if (!values[name]) fail(`--${name} is missing.\n\n${usage}`);
  }
  if (!['wasm', 'webgpu'].includes(values.backend)) fail('--backend is wasm or webgpu.');
  for (const name of ['candidates', 'limit']) {
    const given = values[name];
    if (given !== undefined && !(Number(given) >= 1)) fail(`--${name} is a number from 1.`);
  }
  return values;
}

/** Photos in order of their first caption, and all captions of them. */
function readCaptions(path, limit) {
  const photos = new Map();
  const captions = [];
  let lines;
  try {
    lines = readFileSync(path, 'utf8').split(/\r?\n/);
  } catch (error) {
    fail(`${path} cannot be read: ${error.message}`);
  }
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const [file, sentence = ''] = line.split('\t');
    const text = sentence.trim();
    if (text === '') fail(`${path}, line ${index + 1}: there is no sentence behind a tab.`);
    if (!photos.has(file) && photos.size === limit) continue;
    if (!photos.has(file)) photos.set(file, photos.size);
    captions.push({ photo: photos.get(file), text });
  }
  if (captions.length === 0) fail(`${path} holds no captions.`);
  return { photos: [...photos.keys()], captions };
}

/** What retrieval needs of the package's manifest, with the graphs that were asked for. */
function readManifest({ model, variant }) {
  const manifest = JSON.parse(readFileSync(join(model, 'manifest.json'), 'utf8'));
  // Retrieval needs no captioner.
  delete manifest.graphs.captioner;
  if (variant) {
    for (const [role, variants] of Object.entries(manifest.graphs)) {
      if (!variants[variant]) fail(`The package has no ${role} in the variant ${variant}.`);
      manifest.graphs[role] = { fp32: variants[variant] };
    }
  }
  return manifest;
}

function printTable(name, { textToPhoto, photoToText, meanRecall }) {
  const line = ({ recall }) =>
    Object.entries(recall)
      .map(([cut, value]) => `${cut} ${value.toFixed(1).padStart(5)}`)
      .join('  ');
  console.log(`${name.padEnd(14)} text → photo  ${line(textToPhoto)}`);
  console.log(`${''.padEnd(14)} photo → text  ${line(photoToText)}  mean ${meanRecall.toFixed(1)}`);
}

const options = readOptions();
const { photos, captions } = readCaptions(options.captions, Number(options.limit ?? Infinity));
const manifest = readManifest(options);
const { page, close } = await openPage('scripts/evaluation/page.html', {
  folders: { '/evaluated-model': options.model, '/evaluated-photos': options.photos },
  documents: { '/evaluated-model/manifest.json': manifest },
});

/** Of each step: when its first and its last were done, and how many there were between them. */
const times = new Map();
let result;
try {
  await page.exposeFunction('tell', (step, done, total) => {
    const now = performance.now();
    times.set(step, { first: times.get(step)?.first ?? now, last: now, count: done - 1 });
    if (process.stderr.isTTY) process.stderr.write(`\r${step}: ${done} of ${total}  `);
  });
  await page.waitForFunction(() => 'evaluateModel' in window);
  result = await page.evaluate((task) => window.evaluateModel(task), {
    modelUrl: '/evaluated-model/',
    backend: options.backend,
    photos: photos.map(
      (file) => `/evaluated-photos/${file.split('/').map(encodeURIComponent).join('/')}`,
    ),
    captions,
    ...(options.candidates ? { candidates: Number(options.candidates) } : {}),
  });
} catch (error) {
  fail(error.message);
} finally {
  await close();
}

console.log(`${result.model}: ${result.photos} photos, ${result.captions} captions`);
printTable('by cosine', result.preRanked);
if (result.reRanked) printTable(`${result.candidates} re-ranked`, result.reRanked);
const pace = [...times].map(([step, { first, last, count }]) => {
  const each = (last - first) / Math.max(1, count);
  return `${step} ${each.toFixed(each < 10 ? 1 : 0)} ms each`;
});
console.log(`on ${options.backend}: ${pace.join(', ')}`);
if (options.json) writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
