import { describe, expect, it } from 'vitest';
import tiny from '../../e2e/fixtures/models/tiny/manifest.json';
import example from './fixtures/manifest.json';
import { filesOf, findGraph, modelKey, neededFiles, parseManifest, tokenizersOf } from './package';

const url = 'https://example.org/models/tiny/';

describe('parseManifest', () => {
  it('takes a manifest as the contract describes it', () => {
    expect(parseManifest(JSON.stringify(example), url)).toEqual(example);
  });

  it('takes null for what is absent', () => {
    const nulls = { ...example, labels: null, calibration: null, caption: null };
    expect(parseManifest(JSON.stringify(nulls), url)).toEqual(example);
  });

  it('takes digests in either case', () => {
    const withDigest = (digest: string) =>
      parseManifest(JSON.stringify(example).replaceAll('0'.repeat(64), digest), url);
    expect(withDigest('A0'.repeat(32))).toEqual(withDigest('a0'.repeat(32)));
  });

  it.each(['org/model', 'Mein Modell (2)', '中文'])('takes the id %s', (id) => {
    expect(parseManifest(JSON.stringify({ ...example, id }), url)).toMatchObject({ id });
  });

  it.each(['', ' ', 'a@b', 'a\nb', '\ud800'])('refuses the id %j', (id) => {
    expect(() => parseManifest(JSON.stringify({ ...example, id }), url)).toThrow('id');
  });

  it.each([
    ['no JSON', '<!doctype html>', 'it is no JSON'],
    ['no object', 'null', 'the whole'],
    ['another format', JSON.stringify({ ...example, format: 2 }), 'format'],
    ['a missing field', JSON.stringify({ ...example, text: undefined }), 'text'],
    [
      'a wrong digest',
      JSON.stringify(example).replace('0'.repeat(64), 'xyz'),
      'graphs.imageEncoder.wasm.sha256',
    ],
    [
      'a file outside the package',
      JSON.stringify(example).replace('image.bin', '../other/image.bin'),
      '../other/image.bin is outside',
    ],
    [
      'a file on another origin',
      JSON.stringify(example).replace('tokenizer.json', 'https://example.com/tokenizer.json'),
      'is outside',
    ],
  ])('refuses %s and says where', (_, text, detail) => {
    expect(() => parseManifest(text, url)).toThrow(
      expect.objectContaining({
        code: 'manifest-invalid',
        params: { name: url, detail: expect.stringContaining(detail) },
      }),
    );
  });
});

it('finds the graph of a back end, else the reference', () => {
  const manifest = parseManifest(JSON.stringify(example), url);
  expect(findGraph(manifest, 'imageEncoder', 'wasm')?.file).toBe('image.wasm.onnx');
  expect(findGraph(manifest, 'imageEncoder', 'webgpu')?.file).toBe('image.onnx');
  expect(findGraph(manifest, 'textEncoder', 'webgpu')).toBeUndefined();
  expect(findGraph(manifest, 'ranker', 'wasm')).toBeUndefined();
});

it('counts external weights among the files of a graph', () => {
  const graph = findGraph(parseManifest(JSON.stringify(example), url), 'imageEncoder', 'wasm');
  expect(graph && filesOf(graph).map(({ file }) => file)).toEqual(['image.wasm.onnx', 'image.bin']);
});

it('names vectors after id and version', () => {
  expect(modelKey({ id: 'tiny', version: '1.2' })).toBe('tiny@1.2');
});

it('counts what both back ends need, each file once', () => {
  const manifest = parseManifest(JSON.stringify(tiny), url);
  expect(tokenizersOf(manifest)).toContain('tokenizer.json');
  const names = neededFiles(manifest).map(({ file }) => file);
  expect(names).toContain('image-encoder.webgpu.onnx');
  expect(names.filter((name) => name === 'image-encoder.int8.0.bin')).toHaveLength(1);
  // The reference is for those back ends that have no graph of their own.
  expect(names.filter((name) => name.includes('fp32'))).toEqual([]);
});
