import { strFromU8, unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import type { PhotoCaptions } from '../library/captions';
import { noTags, tagByHand, tagByLabels, untagByHand } from '../library/tags';
import { asCsv } from './csv';
import { type ExportedPhoto, exportedPhotos, hasContent } from './exported-photo';
import { asJson } from './json';
import { sidecarArchives } from './sidecar-archive';

const animals = [
  { name: '狗', probability: 0.875 },
  { name: 'cat', probability: 0.25 },
];
const captions: PhotoCaptions = {
  zh: { text: '一只狗', source: { kind: 'model', modelKey: 'model@1', match: 0.75 } },
  en: { text: 'Rex, "our" dog', source: { kind: 'hand' } },
};
const dog: ExportedPhoto = {
  photo: { id: 'd0', paths: ['trip/a, b.jpg', 'copy.jpg'], bytes: 10 },
  tags: tagByHand(untagByHand(tagByLabels(noTags, 'animals', animals), 'cat'), '"best" <of> R&D'),
  captions,
};
const same: ExportedPhoto = {
  photo: { id: 'e1', paths: ['../copy.jpg'], bytes: 11 },
  tags: tagByHand(noTags, '海'),
  captions: {},
};
const untagged: ExportedPhoto = {
  photo: { id: 'f2', paths: ['plain.jpg'], bytes: 12 },
  tags: untagByHand(noTags, 'cat'),
  captions: {},
};

describe('exported photos', () => {
  const photos = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id, paths: [`${id}.jpg`], bytes: 1 }));
  const library = {
    photos: () => photos as unknown as ReturnType<Parameters<typeof exportedPhotos>[0]['photos']>,
    tags: () =>
      new Map([
        ['a', same.tags],
        ['d', untagged.tags],
        ['e', noTags],
      ]),
    captions: () => new Map([['b', captions]]),
  };

  it('are those of which anything is known', () => {
    const exported = exportedPhotos(library);
    expect(exported.map(({ photo }) => photo.id)).toEqual(['a', 'b', 'd']);
    expect(exported.map(hasContent), 'a tag that was taken away is none').toEqual([
      true,
      true,
      false,
    ]);
    expect(exported[0]?.captions).toEqual({});
    expect(exported[1]).toMatchObject({ tags: noTags, captions });
  });

  it('are only those that were asked for', () => {
    const exported = exportedPhotos(library, new Set(['b', 'c']));
    expect(exported.map(({ photo }) => photo.id)).toEqual(['b']);
  });
});

it('JSON holds everything, corrections too', () => {
  expect(JSON.parse(asJson([dog, untagged]))).toEqual({
    format: 1,
    photos: [
      {
        sha256: 'd0',
        paths: ['trip/a, b.jpg', 'copy.jpg'],
        tags: [
          { name: '狗', source: 'label set', set: 'animals', probability: 0.875 },
          { name: '"best" <of> R&D', source: 'hand' },
        ],
        refused: ['cat'],
        captions: {
          zh: { text: '一只狗', source: 'model', model: 'model@1', match: 0.75 },
          en: { text: 'Rex, "our" dog', source: 'hand' },
        },
      },
      { sha256: 'f2', paths: ['plain.jpg'], tags: [], refused: ['cat'], captions: {} },
    ],
  });
});

it('CSV quotes what needs it', () => {
  expect(asCsv([dog, same]).split('\r\n')).toEqual([
    '\uFEFFpath,sha256,kind,language,text,source,by,probability',
    '"trip/a, b.jpg",d0,tag,,狗,label set,animals,0.8750',
    '"trip/a, b.jpg",d0,tag,,"""best"" <of> R&D",hand,,',
    '"trip/a, b.jpg",d0,caption,zh,一只狗,model,model@1,0.7500',
    '"trip/a, b.jpg",d0,caption,en,"Rex, ""our"" dog",hand,,',
    'copy.jpg,d0,tag,,狗,label set,animals,0.8750',
    'copy.jpg,d0,tag,,"""best"" <of> R&D",hand,,',
    'copy.jpg,d0,caption,zh,一只狗,model,model@1,0.7500',
    'copy.jpg,d0,caption,en,"Rex, ""our"" dog",hand,,',
    '../copy.jpg,e1,tag,,海,hand,,',
    '',
  ]);
});

it('sidecars lie beside each path and stay inside the archive', () => {
  const archives = sidecarArchives([dog, same, untagged], 'zh');
  expect(archives).toHaveLength(1);
  const files = unzipSync(archives[0] ?? new Uint8Array());
  expect(Object.keys(files)).toEqual(['trip/a, b.jpg.xmp', 'copy.jpg.xmp', 'copy.jpg (2).xmp']);
  const other = files['copy.jpg (2).xmp'] ?? new Uint8Array();
  expect(strFromU8(other)).toContain('<rdf:li>海</rdf:li>');
});

it('more sidecars than an archive can hold come in two, none of them lost', () => {
  const paths = Array.from({ length: 65_600 }, (_, index) => `${index}.jpg`);
  const many = { ...same, photo: { ...same.photo, paths: [...paths, '0.jpg'] } };
  const archives = sidecarArchives([many], 'zh');
  expect(archives).toHaveLength(2);
  const names = archives.flatMap((archive) => Object.keys(unzipSync(archive)));
  expect(new Set(names)).toEqual(new Set([...paths, '0.jpg (2)'].map((path) => `${path}.xmp`)));
});
