import type { Library, PhotoId, PhotoPicture } from '../../library/library';
import { revokeLater } from '../ui/object-urls';

export interface Picture extends Omit<PhotoPicture, 'blob'> {
  readonly url: string;
}

/** Pictures for the viewer, each under one object URL as long as it is kept. */
export class Pictures {
  readonly #library: Pick<Library, 'picture'>;
  readonly #loaded = new Map<PhotoId, Promise<Picture>>();

  constructor(library: Pick<Library, 'picture'>) {
    this.#library = library;
  }

  /** Reads a picture, or gives the one at hand. A failed read is tried again by the next call. */
  load(id: PhotoId): Promise<Picture> {
    const known = this.#loaded.get(id);
    if (known) return known;
    const picture = this.#library.picture(id).then(({ blob, ...about }) => ({
      url: URL.createObjectURL(blob),
      ...about,
    }));
    this.#loaded.set(id, picture);
    picture.catch(() => {
      if (this.#loaded.get(id) === picture) this.#loaded.delete(id);
    });
    return picture;
  }

  /** Drops all other pictures. */
  keep(ids: readonly PhotoId[]): void {
    for (const id of this.#loaded.keys()) if (!ids.includes(id)) this.forget(id);
  }

  forget(id: PhotoId): void {
    const picture = this.#loaded.get(id);
    this.#loaded.delete(id);
    picture?.then(
      ({ url }) => revokeLater(url),
      () => undefined,
    );
  }
}
