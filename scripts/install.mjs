/**
 * Installs what a command needs and is missing: npm packages, a browser, the Python environment.
 * Nothing here may import a package: it runs before there are any.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modelling = join(root, 'modelling');
export const venvBin = join(modelling, '.venv', 'bin');

/** Says what is done, so that it stands out from the output of the programs that do it. */
export function say(text) {
  console.log(`\n▸ ${text}`);
}

/** Ends the command with a sentence that a person can act on. */
export function fail(text) {
  console.error(`\n✗ ${text}`);
  process.exit(1);
}

/** Runs a program with its output shown; true where it succeeded. */
export function run(command, args, options = {}) {
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options }).status === 0;
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** True where every package of the lock file is installed in the version that it names. */
function packagesAreInstalled() {
  const installedPath = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedPath)) return false;
  const installed = readJson(installedPath).packages;
  return Object.entries(readJson(join(root, 'package-lock.json')).packages).every(
    ([path, entry]) => path === '' || entry.optional || installed[path]?.version === entry.version,
  );
}

/** Installs the npm packages of the lock file, unless they are there. */
export function ensurePackages() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(`Node 20.19 or later is needed; this is ${process.versions.node}.`);
  }
  if (packagesAreInstalled()) return;
  say('Installing the npm packages of package-lock.json (npm ci)');
  if (!run('npm', ['ci', '--no-audit', '--no-fund'])) {
    fail('npm could not install the packages. Is the npm registry reachable?');
  }
}

/** Installs Debian packages, as root or through sudo; false where neither is possible. */
function installDebianPackages(...names) {
  const asRoot = process.getuid?.() === 0;
  const apt = (...args) => (asRoot ? run('apt-get', args) : run('sudo', ['apt-get', ...args]));
  return apt('update', '-qq') && apt('install', '-y', '-qq', '--no-install-recommends', ...names);
}

/** Finds Chromium, or installs Debian's; leaves its path in CHROMIUM_PATH. */
export function ensureChromium() {
  const path = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
  if (!existsSync(path)) {
    say(`No browser at ${path}: installing Debian's chromium (apt-get install chromium)`);
    installDebianPackages('chromium');
  }
  const found = [path, '/usr/bin/chromium'].find((candidate) => existsSync(candidate));
  if (found === undefined) {
    fail(
      'No browser could be installed. Install Chromium by hand and set CHROMIUM_PATH to its program.',
    );
  }
  process.env.CHROMIUM_PATH = found;
}

/** The first Python on the path that is 3.11 or later. */
function findPython() {
  const check = 'import sys; sys.exit(sys.version_info < (3, 11))';
  return ['python3', 'python3.13', 'python3.12', 'python3.11'].find(
    (name) => spawnSync(name, ['-c', check]).status === 0,
  );
}

function createVenv() {
  const python = findPython();
  if (python === undefined) fail('Python 3.11 or later is needed, and none was found.');
  const create = () => run(python, ['-m', 'venv', '--clear', join(modelling, '.venv')]);
  if (create()) return;
  say('Python lacks its venv module: installing it (apt-get install python3-venv)');
  if (!installDebianPackages('python3-venv') || !create()) {
    fail(`${python} cannot make a virtual environment. Install the venv module for it.`);
  }
}

function freeGigabytes(folder) {
  const { bavail, bsize } = statfsSync(folder);
  return Math.floor((bavail * bsize) / 1e9);
}

/** Makes modelling/.venv and installs modelling/ with its extras there, unless that was done. */
export function ensureModelling() {
  const stampPath = join(modelling, '.venv', 'installed-from');
  const project = readFileSync(join(modelling, 'pyproject.toml'));
  const stamp = createHash('sha256').update(project).digest('hex');
  if (existsSync(stampPath) && readFileSync(stampPath, 'utf8') === stamp) return;
  if (!existsSync(join(venvBin, 'python'))) {
    say('Making the Python environment modelling/.venv');
    createVenv();
  }
  say(
    'Installing modelling/ and what it needs (pip install -e modelling[train,dev]); PyTorch is big',
  );
  const pip = ['-m', 'pip', 'install', '--quiet', '--editable', `${modelling}[train,dev]`];
  if (!run(join(venvBin, 'python'), pip)) {
    fail(
      `pip could not install the Python packages. Is the Python package index reachable? Installed, they take over 6 GB, and pip needs room for their archives beside that; ${freeGigabytes(modelling)} GB are free.`,
    );
  }
  writeFileSync(stampPath, stamp);
}
