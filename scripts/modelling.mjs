/**
 * `npm run modelling -- ARGS`: runs the console script of modelling/, made on first use, in the folder
 * that the command was given in, which npm itself leaves.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureModelling, venvBin } from './install.mjs';

ensureModelling();
const { status } = spawnSync(join(venvBin, 'r2d2'), process.argv.slice(2), {
  stdio: 'inherit',
  cwd: process.env.INIT_CWD ?? process.cwd(),
});
process.exit(status ?? 1);
