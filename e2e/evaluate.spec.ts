import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Evaluation } from '../scripts/evaluation/page.ts';
import { sampleFolder } from './support/photos.ts';
import { expect, test } from './support/test.ts';

const root = join(import.meta.dirname, '..');
const captions = [
  ['shepherd-dog.jpg', '一只狗站在草地上'],
  ['shepherd-dog.jpg', 'a dog on the grass'],
  ['coffee.jpg', 'a cup of coffee on a table'],
  ['great-wall.jpg', '山上的长城'],
  ['cat.jpg', '一只猫'],
  ['rocket.jpg', 'a rocket at night'],
  ['alps.jpg', 'mountains in the snow'],
  ['horses.jpg', '两匹马在草地上'],
  ['kingfisher.jpg', 'a small blue bird'],
  ['sunset.jpg', '海滩的日落'],
] as const;

/** Runs one of the two commands and reads what it has written. */
function evaluate(command: string, file: string, ...more: readonly string[]): Evaluation {
  const parameters = ['run', '--silent', command, '--', ...more, '--json', file];
  // Its servers and browsers are its own.
  const { status, stderr } = spawnSync('npm', parameters, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, PORT: '0' },
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(readFileSync(file, 'utf8'));
}

// biome-ignore lint/correctness/noEmptyPattern: Playwright reads which fixtures are asked for
test('browser and Python rank alike in float32', ({}, testInfo) => {
  const tsv = testInfo.outputPath('captions.tsv');
  writeFileSync(tsv, captions.map((line) => line.join('\t')).join('\n'));
  const options = [
    ...['--model', join(root, 'e2e/fixtures/models/tiny'), '--variant', 'fp32'],
    ...['--photos', sampleFolder, '--captions', tsv, '--candidates', '5'],
  ];
  const browser = evaluate('evaluate', testInfo.outputPath('browser.json'), ...options);
  const python = evaluate(
    'modelling',
    testInfo.outputPath('python.json'),
    ...['evaluate', ...options],
  );
  expect(browser.reRanked?.textToPhoto.ranks).toHaveLength(captions.length);
  expect(new Set(browser.reRanked?.textToPhoto.ranks).size).toBeGreaterThan(1);
  expect(browser).toEqual(python);
});
