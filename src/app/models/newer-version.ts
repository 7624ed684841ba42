/** What to start with where a site holds a newer version of its model than the photos are indexed for. */
import type { Library } from '../../library/library';
import type { ModelKey } from '../../model/encoding';
import { modelKey, parseManifest } from '../../model/package';
import { keptSitePackage } from '../../model/packages/storage';
import { urlSource } from '../../model/packages/url-source';

/** Milliseconds for the site to say which version it holds. */
const patience = 1000;

/** The version of a site's model that the browser keeps, and the one that the site holds. */
export interface SiteVersions {
  readonly kept: ModelKey;
  /** Null where the site takes its time to say so. */
  readonly current: ModelKey | null;
}

/**
 * Null where none is kept, and where the site cannot be reached: then a start takes what is kept
 * anyway.
 *
 * @param address of the site's package, as `absoluteAddress` gives it
 */
export async function siteVersions(address: string): Promise<SiteVersions | null> {
  if (navigator.onLine === false) return null;
  const late = AbortSignal.timeout(patience);
  try {
    const record = await keptSitePackage(address);
    if (!record) return null;
    const kept = modelKey(parseManifest(record.manifestText, address));
    const manifest = await urlSource(address, 'site')
      .manifest(late)
      .catch((error) => {
        if (late.aborted) return null;
        throw error;
      });
    const current = manifest === null ? null : modelKey(parseManifest(manifest, address));
    return { kept, current };
  } catch {
    // The start itself says what is wrong.
    return null;
  }
}

/**
 * The kept version where it knows more photos than the site's: search begins with it and goes on
 * until the library is indexed for the other one.
 */
export async function olderVersionInUse(
  versions: SiteVersions | null,
  library: Pick<Library, 'indexSizes'>,
): Promise<ModelKey | null> {
  if (!versions || versions.kept === versions.current) return null;
  const sizes = await library.indexSizes();
  const photos = (key: ModelKey | null) => (key === null ? 0 : (sizes.get(key)?.photos ?? 0));
  return photos(versions.kept) > photos(versions.current) ? versions.kept : null;
}
