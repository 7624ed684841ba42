import { useCallback, useEffect, useState } from 'react';
import { AppError } from '../../errors';
import type { PhotoId } from '../../library/library';
import { useApp } from '../app-context';

export interface Picture {
  readonly url: string;
  /** False where the original cannot be reached now and this is the stored preview. */
  readonly original: boolean;
}

export interface PictureState {
  /** The best picture at hand; null until it is there. */
  readonly picture: Picture | null;
  /** Asks for leave to read the original; resolves with whether it was given. */
  requestOriginal(): Promise<boolean>;
}

/** The picture of a photo while the component is mounted. */
export function usePicture(id: PhotoId): PictureState {
  const { services, stores } = useApp();
  const [picture, setPicture] = useState<Picture | null>(null);
  const [attempt, setAttempt] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each attempt reads again
  useEffect(() => {
    let url: string | null = null;
    let mounted = true;
    services.library.picture(id).then(
      ({ blob, original }) => {
        if (!mounted) return;
        url = URL.createObjectURL(blob);
        setPicture({ url, original });
      },
      (thrown) => mounted && stores.notices.getState().showError(AppError.from(thrown)),
    );
    return () => {
      mounted = false;
      if (url) URL.revokeObjectURL(url);
    };
  }, [id, services, stores, attempt]);

  const requestOriginal = useCallback(async () => {
    try {
      const granted = await services.library.requestOriginal(id);
      if (granted) setAttempt((count) => count + 1);
      return granted;
    } catch (thrown) {
      stores.notices.getState().showError(AppError.from(thrown));
      return false;
    }
  }, [id, services, stores]);

  return { picture, requestOriginal };
}
