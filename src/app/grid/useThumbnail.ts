import { useEffect, useState } from 'react';
import type { PhotoId } from '../../library/library';
import { useApp } from '../app-context';

export type ThumbnailState =
  | { readonly status: 'loading' }
  /** `instant`: it was there from the first frame, so that nothing need fade in. */
  | { readonly status: 'ready'; readonly url: string; readonly instant: boolean }
  | { readonly status: 'broken' };

/** A photo's thumbnail while the component is mounted. */
export function useThumbnail(id: PhotoId): ThumbnailState {
  const { thumbnails } = useApp();
  const [state, setState] = useState<ThumbnailState>(() => {
    const url = thumbnails.peek(id);
    return url === undefined ? { status: 'loading' } : { status: 'ready', url, instant: true };
  });
  useEffect(() => {
    let mounted = true;
    thumbnails.acquire(id).then(
      (url) => {
        if (!mounted) return;
        setState((shown) =>
          shown.status === 'ready' && shown.url === url
            ? shown
            : { status: 'ready', url, instant: false },
        );
      },
      () => mounted && setState({ status: 'broken' }),
    );
    return () => {
      mounted = false;
      thumbnails.release(id);
    };
  }, [id, thumbnails]);
  return state;
}
