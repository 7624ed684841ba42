/** `npm start`: installs what is missing, builds what is stale, serves the app. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePackages, fail, root, run, say } from './install.mjs';

/** What the build is made from. */
const sources = [
  'src',
  'public',
  'index.html',
  'hosting',
  'vite.config.ts',
  'scripts',
  'package-lock.json',
];

/** When the file, or the newest file of the folder, was last changed. */
function lastChange(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  const children = readdirSync(path).map((name) => lastChange(join(path, name)));
  return Math.max(stat.mtimeMs, ...children);
}

function buildIsStale() {
  const built = join(root, 'dist', 'index.html');
  if (!existsSync(built)) return true;
  const builtAt = statSync(built).mtimeMs;
  return sources.some((source) => lastChange(join(root, source)) > builtAt);
}

ensurePackages();
if (buildIsStale()) {
  say('Building the app into dist/ (vite build)');
  if (!run('npm', ['run', '--silent', 'build']))
    fail('The build failed; its messages stand above.');
}

const { serve } = await import('./serve.mjs');
const port = Number(process.env.PORT ?? 4173);
try {
  say(`r2d2-web is served at ${await serve(port)} (Ctrl+C ends it)`);
} catch (error) {
  if (error.code !== 'EADDRINUSE') throw error;
  fail(`Port ${port} is in use. Choose another one: PORT=${port + 1} npm start`);
}
