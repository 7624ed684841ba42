import type { Page } from '@playwright/test';
import { developmentUrl } from './support/addresses.ts';
import { expect, test } from './support/test.ts';
import { makeTripFolder } from './support/trip-folder.ts';

test.use({ baseURL: developmentUrl });

/** A sidecar as a photo editor leaves it. */
const editors = `<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="5" xmlns:dc="http://purl.org/dc/elements/1.1/">
   <dc:subject><rdf:Bag><rdf:li>family</rdf:li></rdf:Bag></dc:subject>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>`;

/** A folder in the browser's own file system, opened as one on the disk is. */
async function openFolder(page: Page): Promise<void> {
  // Keeps the development server from reloading the page when a source is saved meanwhile.
  await page.routeWebSocket('**', () => undefined);
  await page.goto('/e2e/harness/library.html');
  await page.waitForFunction(() => 'libraryHarness' in window);
  await makeTripFolder(page, 5);
}

test('tags and captions are written beside the photos of a folder that was opened', async ({
  page,
}) => {
  await openFolder(page);
  const outcome = await page.evaluate(async (existing) => {
    const { createLibrary, encoder, exportedPhotos, photosFromFolder, until, writeSidecars } =
      window.libraryHarness;
    const root = await navigator.storage.getDirectory();
    const trip = await root.getDirectoryHandle('trip');
    const day = await trip.getDirectoryHandle('day');
    const write = async (name: string, text: string) => {
      const file = await day.getFileHandle(name, { create: true });
      const writable = await file.createWritable();
      await writable.write(text);
      await writable.close();
    };
    const read = async (name: string) => (await (await day.getFileHandle(name)).getFile()).text();

    const library = await createLibrary();
    library.setEncoder(encoder('statistics@1'));
    await library.add(photosFromFolder(trip));
    await library.add([{ path: 'alone.jpg', source: new File([await photoOf(9)], 'alone.jpg') }]);
    await until(library, 'idle');
    await library.addTag(
      library.photos().map(({ id }) => id),
      '海边 & sun',
    );
    const idOf = (path: string) =>
      library.photos().find(({ paths }) => paths.includes(path))?.id ?? '';
    const caption = { text: 'Two <b>dogs</b>', source: { kind: 'hand' } } as const;
    await library.setCaption(idOf('trip/day/0.jpg'), 'en', caption);

    await write('1.jpg.xmp', existing);
    await write('2.jpg.xmp', 'no XML at all');
    await day.removeEntry('3.jpg');
    await write('4.jpg', 'another file of the same name');

    const asked: string[] = [];
    let answer: PermissionState | null = null;
    FileSystemHandle.prototype.requestPermission = async function (descriptor) {
      asked.push(`${this.name} ${descriptor?.mode}`);
      if (!answer) throw new DOMException('The click is too long ago.', 'SecurityError');
      return answer;
    };
    const save = async () => {
      const photos = exportedPhotos(library);
      const places = await library.originalsInFolders(photos.map(({ photo }) => photo.id));
      return writeSidecars(photos, places, { language: 'en' });
    };
    const unasked = await save();
    answer = 'denied';
    const refused = await save();
    answer = 'granted';
    const first = await save();
    const second = await save();
    const again = await createLibrary({ name: 'again' });
    again.setEncoder(encoder('statistics@1'));
    await again.add(photosFromFolder(trip));
    await until(again, 'idle');
    const names: string[] = [];
    for await (const name of day.keys()) names.push(name);
    return {
      refused: [unasked, refused].map(({ skipped }) =>
        skipped.map(({ path, reason }) => `${path} ${reason}`).sort(),
      ),
      asked,
      first: {
        written: [...first.written].sort(),
        skipped: first.skipped.map(({ path, reason }) => `${path} ${reason}`).sort(),
        failed: first.failed.map(({ path, error }) => `${path} ${error.code}`),
      },
      second: { written: second.written, unchanged: [...second.unchanged].sort() },
      sidecars: [await read('0.jpg.xmp'), await read('1.jpg.xmp'), await read('2.jpg.xmp')],
      names: names.sort(),
      failures: again.failures().map(({ path }) => path),
    };

    async function photoOf(seed: number): Promise<Blob> {
      const canvas = new OffscreenCanvas(8, 8);
      const context = canvas.getContext('2d');
      if (context) context.fillStyle = `rgb(${seed * 20} 90 30)`;
      context?.fillRect(0, 0, 8, 8);
      return canvas.convertToBlob({ type: 'image/png' });
    }
  }, editors);

  const noneWritten = [
    'alone.jpg no-folder',
    ...[0, 1, 2, 3, 4].map((index) => `trip/day/${index}.jpg refused`),
  ];
  expect(outcome.refused).toEqual([noneWritten, noneWritten]);
  expect(outcome.asked).toEqual(Array(4).fill('trip readwrite'));
  expect(outcome.first).toEqual({
    written: ['trip/day/0.jpg.xmp', 'trip/day/1.jpg.xmp'],
    skipped: ['alone.jpg no-folder', 'trip/day/3.jpg moved', 'trip/day/4.jpg moved'],
    failed: ['trip/day/2.jpg.xmp sidecar-unreadable'],
  });
  expect(outcome.second).toEqual({ written: [], unchanged: outcome.first.written });
  const [fresh, merged, broken] = outcome.sidecars;
  expect(fresh).toContain('<rdf:li>海边 &amp; sun</rdf:li>');
  expect(fresh).toContain('xml:lang="x-default">Two &lt;b&gt;dogs&lt;/b&gt;<');
  expect(merged).toContain('xmp:Rating="5"');
  expect(merged).toContain('<rdf:li>family</rdf:li>');
  expect(merged).toContain('<rdf:li>海边 &amp; sun</rdf:li>');
  expect(broken).toBe('no XML at all');
  expect(outcome.names).toEqual(
    ['0.jpg', '0.jpg.xmp', '1.jpg', '1.jpg.xmp', '2.jpg', '2.jpg.xmp', '4.jpg'].sort(),
  );
  // Sidecars are no photos that failed; the file that is no photo is one.
  expect(outcome.failures).toEqual(['trip/day/4.jpg']);
});
