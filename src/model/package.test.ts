import { describe, expect, it } from 'vitest';
import example from './fixtures/manifest.json';
import { filesOf, findGraph, folderUrl, modelKey, openPackage, parseManifest } from './package';

const url = 'https://example.org/models/tiny/';

describe('parseManifest', () => {
  it('takes a manifest as the contract describes it', () => {
    expect(parseManifest(JSON.stringify(example), url)).toEqual(example);
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

it('takes packages from its own origin only', async () => {
  await expect(openPackage(url, 'https://example.com')).rejects.toMatchObject({
    code: 'manifest-unreachable',
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

it.each([
  ['models/tiny', 'https://example.org/app/models/tiny/'],
  ['/models/tiny/', 'https://example.org/models/tiny/'],
  ['https://example.com/tiny', 'https://example.com/tiny/'],
])('resolves %s against the page', (address, expected) => {
  expect(folderUrl(address, 'https://example.org/app/')).toBe(expected);
});

it('names vectors after id and version', () => {
  expect(modelKey({ id: 'tiny', version: '1.2' })).toBe('tiny@1.2');
});
