import { useCallback, useEffect, useState } from 'react';
import { AppError } from '../../errors';
import type { PhotoId } from '../../library/library';
import { useApp } from '../app-context';
import type { Picture, Pictures } from './pictures';

export interface PictureState {
  /** The best picture at hand; null until it is there. */
  readonly picture: Picture | null;
  /** Asks for leave to read the original; resolves with whether it is the picture now. */
  requestOriginal(): Promise<boolean>;
}

/**
 * The picture of a photo while the component is mounted.
 *
 * @param neighbours read and decoded ahead, so that the step to them shows them at once
 */
export function usePicture(
  pictures: Pictures,
  id: PhotoId,
  neighbours: readonly PhotoId[],
): PictureState {
  const { services, stores } = useApp();
  const [picture, setPicture] = useState<Picture | null>(null);
  const ahead = neighbours.join(' ');

  useEffect(() => {
    let mounted = true;
    pictures.load(id).then(
      (loaded) => mounted && setPicture(loaded),
      (thrown) => mounted && stores.notices.getState().showError(AppError.from(thrown)),
    );
    return () => {
      mounted = false;
    };
  }, [id, pictures, stores]);

  useEffect(() => {
    const next = ahead === '' ? [] : ahead.split(' ');
    pictures.keep([id, ...next]);
    if (!picture) return;
    // What fails here is told when the person comes to it.
    for (const neighbour of next) pictures.load(neighbour).then(decode, () => undefined);
  }, [ahead, id, picture, pictures]);

  const requestOriginal = useCallback(async () => {
    try {
      if (!(await services.library.requestOriginal(id))) return false;
      pictures.forget(id);
      const found = await pictures.load(id);
      setPicture(found);
      return found.original;
    } catch (thrown) {
      stores.notices.getState().showError(AppError.from(thrown));
      return false;
    }
  }, [id, pictures, services, stores]);

  return { picture, requestOriginal };
}

/** Has the browser decode a picture, which it then has at hand for a while. */
function decode({ url }: Picture): void {
  const image = new Image();
  image.src = url;
  image.decode().catch(() => undefined);
}
