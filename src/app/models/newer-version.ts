/** What to start with where a site holds a newer version of its model than the photos are indexed for. */
import type { Library } from '../../library/library';
import type { ModelKey } from '../../model/encoding';
import { modelKey, parseManifest } from '../../model/package';
import { keptSitePackage } from '../../model/packages/storage';
import { urlSource } from '../../model/packages/url-source';

/** Milliseconds for the site to say which version it holds; after that a start waits for no update. */
const patience = 3000;

/**
 * The kept version of a site's model that knows more photos than the site's version does: search
 * begins with it and goes on until the library is indexed for the other one. Null where there is
 * none, as where the site cannot be reached.
 *
 * @param address of the site's package, as `absoluteAddress` gives it
 */
export async function olderVersionInUse(
  address: string,
  library: Pick<Library, 'photos' | 'indexSizes'>,
): Promise<ModelKey | null> {
  if (library.photos().length === 0) return null;
  try {
    const kept = await keptSitePackage(address);
    if (!kept) return null;
    const older = modelKey(parseManifest(kept.manifestText, address));
    const manifest = await urlSource(address, 'site').manifest(AbortSignal.timeout(patience));
    const newer = modelKey(parseManifest(manifest, address));
    const sizes = await library.indexSizes();
    const photos = (key: ModelKey) => sizes.get(key)?.photos ?? 0;
    return newer !== older && photos(older) > photos(newer) ? older : null;
  } catch {
    // The start itself says what is wrong.
    return null;
  }
}
