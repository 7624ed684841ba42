/** XMP sidecar files (ISO 16684-1): what digiKam, darktable, Lightroom and others read beside a photo. */
import { strToU8, zipSync } from 'fflate';
import { tagNames } from '../../library/tags';
import type { TaggedPhoto } from './tagged-photo';

/** The tags as dc:subject, an unordered list of keywords. */
export function sidecar(tags: readonly string[]): string {
  const items = tags.map((tag) => `     <rdf:li>${escaped(tag)}</rdf:li>`);
  return `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
   <dc:subject>
    <rdf:Bag>
${items.join('\n')}
    </rdf:Bag>
   </dc:subject>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
`;
}

/**
 * A ZIP archive with a sidecar for each path of each tagged photo, named like the photo's file with
 * `.xmp` behind it, in the photo's folder.
 */
export function sidecarArchive(photos: readonly TaggedPhoto[]): Uint8Array<ArrayBuffer> {
  const files: Record<string, Uint8Array> = {};
  for (const { photo, tags } of photos) {
    const names = tagNames(tags);
    if (names.length === 0) continue;
    const content = strToU8(sidecar(names));
    for (const path of photo.paths) files[freeName(safePath(path), files)] = content;
  }
  return zipSync(files, { level: 6 });
}

/** Inside the archive's own folder, whatever the path says. */
function safePath(path: string): string {
  const parts = path.split(/[/\\]/).filter((part) => part !== '' && part !== '.' && part !== '..');
  return parts.join('/');
}

/** Photos that came from different folders may have the same path. */
function freeName(path: string, taken: Readonly<Record<string, unknown>>): string {
  let name = `${path}.xmp`;
  for (let copy = 2; Object.hasOwn(taken, name); copy++) name = `${path} (${copy}).xmp`;
  return name;
}

function escaped(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 forbids these
      .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
  );
}
