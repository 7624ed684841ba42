import { useEffect, useState } from 'react';
import { AppError } from '../../errors';
import type { PhotoSource } from '../../search/photo-source';
import { useApp } from '../app-context';
import { revokeLater } from '../ui/object-urls';

/** The address of the photo's picture while the component is mounted; null until it is there. */
export function useSubjectPicture(subject: PhotoSource): string | null {
  const { services, stores } = useApp();
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    let mounted = true;
    let made: string | null = null;
    // The one before must not stand under the name of this one.
    setUrl(null);
    const show = (blob: Blob) => {
      if (!mounted) return;
      made = URL.createObjectURL(blob);
      setUrl(made);
    };
    const { library } = services;
    const picture =
      subject.kind === 'file'
        ? library.showable(subject.file)
        : library.picture(subject.id).then(({ blob }) => blob);
    picture.then(
      show,
      (thrown) => mounted && stores.notices.getState().showError(AppError.from(thrown)),
    );
    return () => {
      mounted = false;
      if (made) revokeLater(made);
    };
  }, [subject, services, stores]);
  return url;
}
