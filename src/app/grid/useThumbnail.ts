import { useEffect, useState } from 'react';
import type { PhotoId } from '../../library/library';
import { useApp } from '../app-context';

export type ThumbnailState =
  | { readonly status: 'loading' }
  | { readonly status: 'ready'; readonly url: string }
  | { readonly status: 'broken' };

/** A photo's thumbnail while the component is mounted. */
export function useThumbnail(id: PhotoId): ThumbnailState {
  const { thumbnails } = useApp();
  const [state, setState] = useState<ThumbnailState>({ status: 'loading' });
  useEffect(() => {
    let mounted = true;
    thumbnails.acquire(id).then(
      (url) => mounted && setState({ status: 'ready', url }),
      () => mounted && setState({ status: 'broken' }),
    );
    return () => {
      mounted = false;
      thumbnails.release(id);
    };
  }, [id, thumbnails]);
  return state;
}
