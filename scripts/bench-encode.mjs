/**
 * Prints how long a photo takes on the processor, beside CLIP ViT-B/32 in 8 bits:
 * `npm run bench:encode -- [--package DIR …]`.
 */
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openPage } from './browser-page.mjs';
import { ensureModelling, fail, root, run, say, venvBin } from './install.mjs';

const usage = `npm run bench:encode -- [options]

  --package DIR     folder of a model package, may be given more than once; public/models/r2d2-mini
  --rounds N        how often each encodes a photo, in turns; 30
  --threads N       2`;

function readOptions() {
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        package: { type: 'string', multiple: true, default: ['public/models/r2d2-mini'] },
        rounds: { type: 'string', default: '30' },
        threads: { type: 'string', default: '2' },
        help: { type: 'boolean' },
      },
    }));
  } catch (error) {
    fail(`${error.message}\n\n${usage}`);
  }
  if (values.help) {
    console.log(usage);
    process.exit();
  }
  const [rounds, threads] = [Number(values.rounds), Number(values.threads)];
  if (!(rounds >= 1 && threads >= 1)) fail('--rounds and --threads are numbers from 1.');
  return { packages: values.package, rounds, threads };
}

/** Folder of a CLIP image encoder with random weights, made on first use. */
function clipPackage() {
  const folder = join(root, '.cache', 'clip-vit-b32');
  if (!existsSync(folder)) {
    ensureModelling();
    say(`Making a CLIP image encoder with random weights in ${folder}`);
    const script = join(root, 'modelling', 'benchmarks', 'clip_image_encoder.py');
    if (!run(join(venvBin, 'python'), [script, folder])) fail('It could not be made.');
  }
  return folder;
}

/** Three quartiles; the middle one is the median. */
function quartiles(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return [0.25, 0.5, 0.75].map((share) => sorted[Math.floor(share * sorted.length)]);
}

const { packages, rounds, threads } = readOptions();
for (const folder of packages) {
  if (!existsSync(join(folder, 'manifest.json'))) fail(`${folder} holds no manifest.json.`);
}
const folders = [...packages, clipPackage()];
const names = [...packages.map((folder) => basename(resolve(folder))), 'CLIP ViT-B/32'];
const { page, close } = await openPage('scripts/encode-bench/page.html', {
  folders: Object.fromEntries(folders.map((folder, index) => [`/package-${index}`, folder])),
});
let times;
try {
  await page.waitForFunction(() => 'benchEncode' in window);
  times = await page.evaluate((task) => window.benchEncode(task), {
    packages: folders.map((_, index) => `/package-${index}/`),
    threads,
    rounds,
  });
} catch (error) {
  fail(error.message);
} finally {
  await close();
}

const [, clipMedian] = quartiles(times.at(-1));
const row = (cells) => console.log(`| ${cells.join(' | ')} |`);
row(['image encoder', 'ms a photo, median', 'quartiles', 'ratio of medians']);
row(Array(4).fill('---'));
for (const [index, name] of names.entries()) {
  const [low, median, high] = quartiles(times[index]);
  row([
    name,
    median.toFixed(1),
    `${low.toFixed(1)} to ${high.toFixed(1)}`,
    (median / clipMedian).toFixed(2),
  ]);
}
