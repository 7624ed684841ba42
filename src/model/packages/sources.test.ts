import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { folderSource } from './folder-source';
import type { PackageSource } from './source';
import { zipSource } from './zip-source';

const manifest = '{"format": 1, "id": "tiny"}';
const weights = 'weights '.repeat(20);

/** As Python's zipfile writes it where every number is beyond 32 bits' reach. */
const zip64 =
  'UEsDBC0AAAAIAPM2dl1GzahU//////////8SABQAdGlueS9tYW5pZmVzdC5qc29uAQAQABsAAAAAAAAAGwAAAAAAAACrVkrLL8pNLFGyUjDUUVDKTAEylEoy8yqVagFQSwMELQAAAAgA8zZ2XbqdGs7//////////xAAFAB0aW55L3dlaWdodHMuYmluAQAQAKAAAAAAAAAADQAAAAAAAAArT81MzygpVigfpDQAUEsBAi0DLQAAAAgA8zZ2XUbNqFT//////////xIAFAAAAAAAAAAAAIABAAAAAHRpbnkvbWFuaWZlc3QuanNvbgEAEAAbAAAAAAAAABsAAAAAAAAAUEsBAi0DLQAAAAgA8zZ2XbqdGs7//////////xAAHAAAAAAAAAAAAIAB/////3Rpbnkvd2VpZ2h0cy5iaW4BABgAoAAAAAAAAAANAAAAAAAAAF8AAAAAAAAAUEsGBiwAAAAAAAAALQAtAAAAAAAAAAAAAgAAAAAAAAACAAAAAAAAAK4AAAAAAAAArgAAAAAAAABQSwYHAAAAAFwBAAAAAAAAAQAAAFBLBQYAAAAAAgACAK4AAACuAAAAAAA=';

async function read(source: PackageSource, file: string, from = 0): Promise<string> {
  const opened = await source.open(file, { from });
  expect(opened.from).toBe(from);
  return new Response(opened.stream).text();
}

function zipOf(entries: Readonly<Record<string, string>>, level: 0 | 9 = 9): File {
  const files = Object.entries(entries).map(([path, text]) => [path, strToU8(text)] as const);
  return new File([zipSync(Object.fromEntries(files), { level })], 'tiny.zip');
}

describe('folderSource', () => {
  const files = [
    { path: 'models/tiny/manifest.json', file: new File([manifest], 'manifest.json') },
    { path: 'models/tiny/onnx/weights.bin', file: new File([weights], 'weights.bin') },
    { path: 'models/readme.txt', file: new File(['notes'], 'readme.txt') },
    { path: 'models/tiny/older/manifest.json', file: new File(['{}'], 'manifest.json') },
  ];

  it('finds the package below the chosen folder and reads from any byte on', async () => {
    const source = folderSource('models', files);
    expect(source.origin).toEqual({ kind: 'folder', name: 'models' });
    expect(await source.manifest()).toBe(manifest);
    expect(await read(source, 'onnx/weights.bin')).toBe(weights);
    expect(await read(source, 'onnx/weights.bin', 100)).toBe(weights.slice(100));
  });

  it('does not choose among several packages', () => {
    const several = [
      { path: 'models/one/manifest.json', file: new File([manifest], 'manifest.json') },
      { path: 'models/two/manifest.json', file: new File([manifest], 'manifest.json') },
    ];
    expect(() => folderSource('models', several)).toThrow(
      expect.objectContaining({ code: 'several-models' }),
    );
  });

  it('says what is missing', async () => {
    expect(() => folderSource('notes', files.slice(2, 3))).toThrow(
      expect.objectContaining({ code: 'manifest-missing', params: { name: 'notes' } }),
    );
    await expect(
      folderSource('models', files).open('other.bin', { from: 0 }),
    ).rejects.toMatchObject({ code: 'model-file-missing', params: { file: 'other.bin' } });
  });
});

describe('zipSource', () => {
  it.each([
    ['stored at the top', zipOf({ 'manifest.json': manifest, 'weights.bin': weights }, 0)],
    [
      'deflated in a folder',
      zipOf({ 'tiny/manifest.json': manifest, 'tiny/weights.bin': weights }),
    ],
    ['with 64-bit numbers', new File([Buffer.from(zip64, 'base64')], 'tiny.zip')],
    [
      'beside what macOS adds',
      zipOf({
        '__MACOSX/tiny/._manifest.json': 'x',
        'tiny/manifest.json': manifest,
        'tiny/weights.bin': weights,
      }),
    ],
  ])('reads files that are %s', async (_, zip) => {
    const source = await zipSource(zip);
    expect(source.origin).toEqual({ kind: 'zip', name: 'tiny.zip' });
    expect(await source.manifest()).toBe(manifest);
    expect(await read(source, 'weights.bin')).toBe(weights);
    expect(await read(source, 'weights.bin', 100)).toBe(weights.slice(100));
    await expect(read(source, 'other.bin')).rejects.toMatchObject({ code: 'model-file-missing' });
  });

  it('finds its end before a comment', async () => {
    const plain = Buffer.from(await zipOf({ 'manifest.json': manifest }).arrayBuffer());
    const comment = Buffer.from('made by hand');
    plain.writeUInt16LE(comment.length, plain.length - 2);
    const source = await zipSource(new File([plain, comment], 'tiny.zip'));
    expect(await source.manifest()).toBe(manifest);
  });

  it.each([
    ['is no ZIP file', new File([weights.repeat(9)], 'tiny.zip')],
    ['is empty', new File([], 'tiny.zip')],
  ])('refuses a file that %s', async (_, file) => {
    await expect(zipSource(file)).rejects.toMatchObject({
      code: 'zip-unreadable',
      params: { name: 'tiny.zip' },
    });
  });

  it('refuses a ZIP file that was cut', async () => {
    const whole = await zipOf(
      { 'manifest.json': manifest, 'weights.bin': weights },
      0,
    ).arrayBuffer();
    const behind = new File([whole.slice(50)], 'tiny.zip');
    await expect(zipSource(behind).then((zip) => zip.manifest())).rejects.toMatchObject({
      code: 'zip-unreadable',
    });
  });

  it('refuses a ZIP file without a model', async () => {
    await expect(zipSource(zipOf({ 'notes.txt': 'x' }))).rejects.toMatchObject({
      code: 'manifest-missing',
    });
  });
});
