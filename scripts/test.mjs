/**
 * `npm test`: installs what is missing, runs every check, prints a table of the outcome.
 * `npm test -- NAME…` runs the named checks, or a named group of them, only.
 */
import { join } from 'node:path';
import {
  ensureChromium,
  ensureModelling,
  ensurePackages,
  fail,
  root,
  run,
  say,
  venvBin,
} from './install.mjs';

const inModelling = { cwd: join(root, 'modelling') };
const npx = (name, ...args) => run(join(root, 'node_modules', '.bin', name), args);
const python = (name, ...args) => run(join(venvBin, name), args, inModelling);
/** The Python files outside of modelling/ follow the same rules. */
const ruff = (...args) =>
  python('ruff', ...args, '--config', 'pyproject.toml', '.', '../scripts', '../e2e/reference');

/** In the order of the run: what fails soonest first, what takes longest last. */
const checks = [
  {
    name: 'biome',
    group: 'web',
    about: 'format, lint, direction of imports',
    run: () => npx('biome', 'check', '--error-on-warnings'),
  },
  { name: 'tsc', group: 'web', about: 'types', run: () => npx('tsc') },
  { name: 'vitest', group: 'web', about: 'unit tests', run: () => npx('vitest', 'run') },
  { name: 'build', group: 'web', about: 'build into dist/', run: () => npx('vite', 'build') },
  {
    name: 'ruff',
    group: 'modelling',
    about: 'Python format and lint',
    run: () => ruff('check') && ruff('format', '--check'),
  },
  { name: 'mypy', group: 'modelling', about: 'Python types', run: () => python('mypy') },
  { name: 'pytest', group: 'modelling', about: 'Python tests', run: () => python('pytest', '-q') },
  {
    name: 'playwright',
    group: 'web',
    about: 'the built app in Chromium',
    run: () => npx('playwright', 'test'),
  },
];

function chooseChecks(names) {
  const known = new Set(checks.flatMap(({ name, group }) => [name, group]));
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    fail(`No check is called ${unknown.join(', ')}. There are: ${[...known].join(', ')}`);
  }
  if (names.length === 0) return checks;
  return checks.filter(({ name, group }) => names.includes(name) || names.includes(group));
}

const chosen = chooseChecks(process.argv.slice(2));
ensurePackages();
if (chosen.some(({ name }) => name === 'playwright')) ensureChromium();
if (chosen.some(({ group }) => group === 'modelling')) ensureModelling();

const outcomes = chosen.map((check) => {
  say(`${check.name}: ${check.about}`);
  const startedAt = performance.now();
  const passed = check.run();
  return { check, passed, seconds: (performance.now() - startedAt) / 1000 };
});

console.log();
for (const { check, passed, seconds } of outcomes) {
  const time = `${seconds.toFixed(1)} s`.padStart(9);
  console.log(`${passed ? '✓' : '✗'} ${check.name.padEnd(11)} ${time}  ${check.about}`);
}
const failures = outcomes.filter(({ passed }) => !passed);
if (failures.length > 0) {
  fail(
    `${failures.length} of ${outcomes.length} failed: ${failures.map((f) => f.check.name).join(', ')}`,
  );
}
console.log('\nEverything passed.');
