import { expect, it } from 'vitest';
import tiny from '../../e2e/fixtures/models/tiny/manifest.json';
import { AppError } from '../errors';
import { parseManifest } from '../model/package';
import { hasPart, isOffered, type ReadyState } from './engine';

const manifest = parseManifest(JSON.stringify(tiny), 'tiny');
const ready: ReadyState = { status: 'ready', backend: 'wasm', modelKey: 'tiny@1', manifest };
const { ranker, captioner, ...encoders } = manifest.graphs;

it('offers the parts that the package has', () => {
  for (const part of ['ranker', 'captioner'] as const) {
    expect(isOffered(ready, part)).toBe(true);
    expect(hasPart(ready, part)).toBe(true);
  }
});

it('offers no part without a graph for the back end', () => {
  const graphs = { ...encoders, ranker: { webgpu: ranker?.webgpu }, captioner: {} };
  const state: ReadyState = { ...ready, manifest: { ...manifest, graphs } };
  expect(isOffered(state, 'ranker')).toBe(false);
  expect(isOffered({ ...state, backend: 'webgpu' }, 'ranker')).toBe(true);
  expect(isOffered(state, 'captioner')).toBe(false);
});

it('offers no captioner where the manifest does not say how it writes', () => {
  const graphs = { ...encoders, captioner };
  const state: ReadyState = { ...ready, manifest: { ...manifest, graphs, caption: undefined } };
  expect(isOffered(state, 'captioner')).toBe(false);
});

it('still offers a part that is left out, but has it no more', () => {
  const leftOut = { ranker: new AppError('session-failed', 'No memory.') };
  const state: ReadyState = { ...ready, leftOut };
  expect(isOffered(state, 'ranker')).toBe(true);
  expect(hasPart(state, 'ranker')).toBe(false);
  expect(hasPart(state, 'captioner')).toBe(true);
});
