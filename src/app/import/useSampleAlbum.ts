import { useEffect, useState } from 'react';
import { AppError } from '../../errors';
import { useApp } from '../app-context';
import { loadSampleAlbum, type SampleAlbum } from './sample-album';

let loading: Promise<SampleAlbum | null> | null = null;

/** The sample album; null while it is being fetched and where there is none. */
export function useSampleAlbum(): SampleAlbum | null {
  const { stores } = useApp();
  const [album, setAlbum] = useState<SampleAlbum | null>(null);
  useEffect(() => {
    let mounted = true;
    loading ??= loadSampleAlbum();
    loading.then(
      (loaded) => mounted && setAlbum(loaded),
      (thrown) => {
        loading = null;
        stores.notices.getState().showError(AppError.from(thrown));
      },
    );
    return () => {
      mounted = false;
    };
  }, [stores]);
  return album;
}
