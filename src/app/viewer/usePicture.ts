import { useEffect, useState } from 'react';
import { AppError } from '../../errors';
import type { PhotoId } from '../../library/library';
import { useApp } from '../app-context';

export interface Picture {
  readonly url: string;
  /** False where the original cannot be reached and this is the stored preview. */
  readonly original: boolean;
}

/** The best picture of a photo; null until it is there. */
export function usePicture(id: PhotoId): Picture | null {
  const { services, stores } = useApp();
  const [picture, setPicture] = useState<Picture | null>(null);
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
  }, [id, services, stores]);
  return picture;
}
