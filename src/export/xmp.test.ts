import { DOMParser, XMLSerializer } from '@xmldom/xmldom';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { noTags, tagByHand, untagByHand } from '../library/tags';
import type { ExportedPhoto } from './exported-photo';
import { mergedSidecar, sidecar } from './xmp';

beforeEach(() => {
  vi.stubGlobal('DOMParser', DOMParser);
  vi.stubGlobal('XMLSerializer', XMLSerializer);
});

function photo(changes: Partial<ExportedPhoto> = {}): ExportedPhoto {
  return {
    photo: { id: 'd0', paths: ['dog.jpg'], bytes: 10 },
    tags: tagByHand(tagByHand(noTags, '狗'), '"best" <of> R&D'),
    captions: {
      zh: { text: '一只狗', source: { kind: 'model', modelKey: 'model@1', match: 0.75 } },
      en: { text: 'Rex & "friends"', source: { kind: 'hand' } },
    },
    ...changes,
  };
}

/** The list items of a sidecar as any XML reader sees them: keywords, and descriptions by language. */
function read(xmp: string) {
  const document = new DOMParser().parseFromString(xmp, 'application/xml');
  const items = (name: string) =>
    [...document.getElementsByTagName(name)].flatMap((element) => [
      ...element.getElementsByTagName('rdf:li'),
    ]);
  return {
    keywords: items('dc:subject').map(({ textContent }) => textContent),
    descriptions: items('dc:description').map((item) => [
      item.getAttribute('xml:lang'),
      item.textContent,
    ]),
  };
}

const own = {
  keywords: ['狗', '"best" <of> R&D'],
  descriptions: [
    ['x-default', '一只狗'],
    ['zh', '一只狗'],
    ['en', 'Rex & "friends"'],
  ],
};

it('a new sidecar has tags as keywords and captions as descriptions, the default one first', () => {
  expect(read(sidecar(photo(), 'zh'))).toEqual(own);
  expect(read(sidecar(photo(), 'en')).descriptions[0]).toEqual(['x-default', 'Rex & "friends"']);
  const onlyChinese = photo({ tags: noTags, captions: { zh: photo().captions.zh } as never });
  expect(read(sidecar(onlyChinese, 'en'))).toEqual({
    keywords: [],
    descriptions: own.descriptions.slice(0, 2),
  });
});

describe('a sidecar of another program', () => {
  const existing = `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Darkroom 4">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4">
   <exposure xmlns="urn:darkroom">+0.7</exposure>
  </rdf:Description>
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
   <dc:subject><rdf:Bag><rdf:li>family</rdf:li><rdf:li>cat</rdf:li><rdf:li>狗</rdf:li></rdf:Bag></dc:subject>
   <dc:description><rdf:Alt><rdf:li xml:lang="x-default">Summer</rdf:li><rdf:li xml:lang="fr">Été</rdf:li><rdf:li xml:lang="en">old</rdf:li></rdf:Alt></dc:description>
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">A title</rdf:li></rdf:Alt></dc:title>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>`;

  it('keeps all else, its keywords and its descriptions', () => {
    const merged = mergedSidecar(existing, photo(), 'zh');
    expect(merged).toContain('xmp:Rating="4"');
    expect(merged).toContain('+0.7');
    expect(merged).toContain('A title');
    expect(merged).toContain('<?xpacket end="w"?>');
    expect(read(merged)).toEqual({
      keywords: ['family', 'cat', '狗', '"best" <of> R&D'],
      descriptions: [
        ['x-default', 'Summer'],
        ['fr', 'Été'],
        ['en', 'Rex & "friends"'],
        ['zh', '一只狗'],
      ],
    });
  });

  it('loses the keywords that were taken away by hand', () => {
    const refusing = photo({ tags: untagByHand(noTags, 'cat') });
    expect(read(mergedSidecar(existing, refusing, 'zh')).keywords).toEqual(['family', '狗']);
  });

  it('gets what it lacks', () => {
    const bare = existing.replace(/ {2}<rdf:Description[\s\S]*<\/rdf:Description>\n/, '');
    expect(read(mergedSidecar(bare, photo(), 'zh'))).toEqual(own);
  });

  it('takes a plain text for the default description', () => {
    const plain = existing.replace(
      /<dc:description>.*<\/dc:description>/,
      '<dc:description>Plain</dc:description>',
    );
    expect(read(mergedSidecar(plain, photo(), 'zh')).descriptions[0]).toEqual([
      'x-default',
      'Plain',
    ]);
  });

  it.each(['', 'no XML', '<a>', '<a/>', '<html><body></body></html>'])('is refused: %s', (text) => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    expect(() => mergedSidecar(text, photo(), 'zh')).toThrow(
      expect.objectContaining({ code: 'sidecar-unreadable' }),
    );
  });
});

it('a default description follows the caption that it came from', () => {
  const before = sidecar(photo(), 'zh');
  const captions = {
    ...photo().captions,
    zh: { text: '两只狗', source: { kind: 'hand' } },
  } as const;
  const after = mergedSidecar(before, photo({ captions }), 'zh');
  expect(read(after).descriptions.slice(0, 2)).toEqual([
    ['x-default', '两只狗'],
    ['zh', '两只狗'],
  ]);
});

it('a sidecar that says all of it stays as it is', () => {
  const written = sidecar(photo(), 'zh');
  expect(mergedSidecar(written, photo(), 'zh')).toBe(written);
});
