import { strFromU8, unzipSync } from 'fflate';
import { expect, it } from 'vitest';
import { noTags, tagByHand, tagByLabels, untagByHand } from '../../library/tags';
import { tagsAsCsv } from './csv';
import { tagsAsJson } from './json';
import type { TaggedPhoto } from './tagged-photo';
import { sidecarArchive } from './xmp';

const animals = [
  { name: '狗', probability: 0.875 },
  { name: 'cat', probability: 0.25 },
];
const dog: TaggedPhoto = {
  photo: { id: 'd0', paths: ['trip/a, b.jpg', 'copy.jpg'] },
  tags: tagByHand(untagByHand(tagByLabels(noTags, 'animals', animals), 'cat'), '"best" <of> R&D'),
};
const same: TaggedPhoto = {
  photo: { id: 'e1', paths: ['../copy.jpg'] },
  tags: tagByHand(noTags, '海'),
};
const untagged: TaggedPhoto = {
  photo: { id: 'f2', paths: ['plain.jpg'] },
  tags: untagByHand(noTags, 'cat'),
};

it('JSON holds everything, corrections too', () => {
  expect(JSON.parse(tagsAsJson([dog, untagged]))).toEqual({
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
      },
      { sha256: 'f2', paths: ['plain.jpg'], tags: [], refused: ['cat'] },
    ],
  });
});

it('CSV quotes what needs it', () => {
  expect(tagsAsCsv([dog, same]).split('\r\n')).toEqual([
    '\uFEFFpath,sha256,tag,source,set,probability',
    '"trip/a, b.jpg",d0,狗,label set,animals,0.8750',
    '"trip/a, b.jpg",d0,"""best"" <of> R&D",hand,,',
    'copy.jpg,d0,狗,label set,animals,0.8750',
    'copy.jpg,d0,"""best"" <of> R&D",hand,,',
    '../copy.jpg,e1,海,hand,,',
    '',
  ]);
});

it('sidecars lie beside each path and stay inside the archive', () => {
  const files = unzipSync(sidecarArchive([dog, same, untagged]));
  expect(Object.keys(files)).toEqual(['trip/a, b.jpg.xmp', 'copy.jpg.xmp', 'copy.jpg (2).xmp']);
  const xmp = strFromU8(files['trip/a, b.jpg.xmp'] ?? new Uint8Array());
  expect([...xmp.matchAll(/<rdf:li>(.*)<\/rdf:li>/g)].map(([, text]) => text)).toEqual([
    '狗',
    '"best" &lt;of&gt; R&amp;D',
  ]);
  expect(strFromU8(files['copy.jpg (2).xmp'] ?? new Uint8Array())).toContain('<rdf:li>海</rdf:li>');
});
