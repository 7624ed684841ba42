/** XMP sidecar files (ISO 16684-1): what digiKam, darktable, Lightroom and others read beside a photo. */
import { AppError } from '../errors';
import type { CaptionLanguage } from '../library/captions';
import { tagNames } from '../library/tags';
import type { ExportedPhoto } from './exported-photo';

const rdf = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
const dc = 'http://purl.org/dc/elements/1.1/';
const xml = 'http://www.w3.org/XML/1998/namespace';

/** Texts by language tag; `x-default` is what programs show that know no languages. */
type Alternatives = ReadonlyMap<string, string>;

/** What a sidecar says of a photo: dc:subject, an unordered list of keywords, and dc:description. */
interface Properties {
  readonly keywords: readonly string[];
  readonly descriptions: Alternatives;
}

/** Named like the photo's file with `.xmp` behind it, so that a JPEG and a RAW have one each. */
export function sidecarName(fileName: string): string {
  return `${fileName}.xmp`;
}

/** A new sidecar. @param language whose caption is the default one, where the photo has it */
export function sidecar(photo: ExportedPhoto, language: CaptionLanguage): string {
  return `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="${rdf}">
${description(propertiesOf(photo, language))}
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
`;
}

/**
 * A sidecar that other programs may have written, with the photo's tags and captions in it and all
 * else as it was. Keywords of others stay, but for tags that were taken away by hand; so do
 * descriptions in other languages, and a default one that is no caption of ours.
 *
 * @returns the text itself where it says all of it already
 * @throws AppError `sidecar-unreadable`
 */
export function mergedSidecar(
  existing: string,
  photo: ExportedPhoto,
  language: CaptionLanguage,
): string {
  const document = parsed(existing);
  const root = document.getElementsByTagNameNS(rdf, 'RDF')[0];
  if (!root) throw unreadable('it holds no RDF');
  const before = readProperties(root);
  const merged = merge(before, photo, language);
  if (equal(before, merged)) return existing;
  const source = parsed(`<rdf:RDF xmlns:rdf="${rdf}">${description(merged)}</rdf:RDF>`);
  const described = source.getElementsByTagNameNS(rdf, 'Description')[0];
  if (!described) throw unreadable('its properties cannot be written');
  const [target] = descriptionsIn(root);
  for (const property of [
    ...propertyElements(root, 'subject'),
    ...propertyElements(root, 'description'),
  ]) {
    const blank = property.previousSibling;
    if (blank?.nodeValue?.trim() === '') blank.parentNode?.removeChild(blank);
    property.parentNode?.removeChild(property);
  }
  if (target) {
    for (const child of [...described.childNodes])
      target.appendChild(document.importNode(child, true));
  } else {
    root.appendChild(document.importNode(described, true));
  }
  return `${new XMLSerializer().serializeToString(document)}\n`;
}

function propertiesOf({ tags, captions }: ExportedPhoto, language: CaptionLanguage): Properties {
  const other = language === 'zh' ? 'en' : 'zh';
  const descriptions = new Map<string, string>();
  const main = captions[language] ?? captions[other];
  if (main) descriptions.set('x-default', main.text);
  for (const each of ['zh', 'en'] as const) {
    const caption = captions[each];
    if (caption) descriptions.set(each, caption.text);
  }
  return { keywords: tagNames(tags), descriptions };
}

function merge(existing: Properties, photo: ExportedPhoto, language: CaptionLanguage): Properties {
  const own = propertiesOf(photo, language);
  const kept = existing.keywords.filter((keyword) => !photo.tags.refused.includes(keyword));
  const descriptions = new Map(existing.descriptions);
  const before = descriptions.get('x-default');
  const ours = before === descriptions.get('zh') || before === descriptions.get('en');
  for (const [tag, text] of own.descriptions) {
    if (tag !== 'x-default' || before === undefined || ours) descriptions.set(tag, text);
  }
  return { keywords: [...new Set([...kept, ...own.keywords])], descriptions };
}

function equal(a: Properties, b: Properties): boolean {
  const flat = ({ keywords, descriptions }: Properties) =>
    JSON.stringify([keywords, [...descriptions]]);
  return flat(a) === flat(b);
}

function description({ keywords, descriptions }: Properties): string {
  const lines = [`  <rdf:Description rdf:about="" xmlns:dc="${dc}">`];
  if (keywords.length > 0) {
    lines.push('   <dc:subject>', '    <rdf:Bag>');
    for (const keyword of keywords) lines.push(`     <rdf:li>${escaped(keyword)}</rdf:li>`);
    lines.push('    </rdf:Bag>', '   </dc:subject>');
  }
  if (descriptions.size > 0) {
    lines.push('   <dc:description>', '    <rdf:Alt>');
    // The default one has to be the first.
    const ordered = [...descriptions].sort(
      ([a], [b]) => Number(b === 'x-default') - Number(a === 'x-default'),
    );
    for (const [tag, text] of ordered) {
      lines.push(`     <rdf:li xml:lang="${escaped(tag)}">${escaped(text)}</rdf:li>`);
    }
    lines.push('    </rdf:Alt>', '   </dc:description>');
  }
  return [...lines, '  </rdf:Description>'].join('\n');
}

function readProperties(root: Element): Properties {
  const keywords = propertyElements(root, 'subject').flatMap((subject) =>
    items(subject).map((item) => item.textContent ?? ''),
  );
  const descriptions = new Map<string, string>();
  for (const property of propertyElements(root, 'description')) {
    const alternatives = items(property);
    // A plain text in place of alternatives is what some programs write.
    if (alternatives.length === 0) descriptions.set('x-default', property.textContent ?? '');
    for (const item of alternatives) {
      descriptions.set(item.getAttributeNS(xml, 'lang') || 'x-default', item.textContent ?? '');
    }
  }
  return { keywords, descriptions };
}

function descriptionsIn(root: Element): readonly Element[] {
  return [...root.getElementsByTagNameNS(rdf, 'Description')].filter(
    ({ parentNode }) => parentNode === root,
  );
}

/** dc properties of the photo itself, not of what is nested in other properties. */
function propertyElements(root: Element, name: string): readonly Element[] {
  const described = descriptionsIn(root);
  return [...root.getElementsByTagNameNS(dc, name)].filter(({ parentNode }) =>
    described.some((element) => element === parentNode),
  );
}

function items(property: Element): readonly Element[] {
  return [...property.getElementsByTagNameNS(rdf, 'li')];
}

function parsed(text: string): Document {
  let document: Document;
  try {
    document = new DOMParser().parseFromString(text, 'application/xml');
  } catch (cause) {
    throw unreadable(String(cause));
  }
  const [error] = document.getElementsByTagName('parsererror');
  if (error) throw unreadable(error.textContent ?? '');
  return document;
}

function unreadable(detail: string): AppError {
  return new AppError('sidecar-unreadable', `A sidecar cannot be read: ${detail}`, { detail });
}

function escaped(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 forbids these
      .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
  );
}
