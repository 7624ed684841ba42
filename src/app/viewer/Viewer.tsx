import { useEffect, useState } from 'react';
import { Dialog, Modal, ModalOverlay } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useApp, useAppState } from '../app-context';
import { photoName } from '../library/photo-name';
import { PhotoView } from './PhotoView';
import { Pictures } from './pictures';

/** Shows one photo on the whole screen. The browser's back button closes it, as on a phone it should. */
export function Viewer() {
  const { t } = useTranslation();
  const { services, stores } = useApp();
  const { viewer } = stores;
  const [pictures] = useState(() => new Pictures(services.library));
  const photoId = useAppState('viewer', (state) => state.photoId);
  const order = useAppState('viewer', (state) => state.order);
  const photo = useAppState('library', ({ photos }) =>
    photoId === null ? undefined : photos.find(({ id }) => id === photoId),
  );
  const isOpen = photo !== undefined;

  useEffect(() => {
    if (!isOpen) pictures.keep([]);
  }, [isOpen, pictures]);

  useEffect(() => {
    if (!isOpen) return;
    const mark = 'viewer';
    history.pushState(mark, '');
    const close = () => viewer.getState().close();
    window.addEventListener('popstate', close);
    return () => {
      window.removeEventListener('popstate', close);
      if (history.state === mark) history.back();
    };
  }, [isOpen, viewer]);

  return (
    <ModalOverlay
      isOpen={isOpen}
      onOpenChange={(open) => !open && viewer.getState().close()}
      className="animate-appear fixed inset-0 z-50 scheme-dark bg-[#0b0c0b]"
    >
      <Modal className="h-full">
        {photo && (
          <Dialog
            aria-label={t('viewer.title', {
              position: order.indexOf(photo.id) + 1,
              total: order.length,
              name: photoName(photo),
            })}
            className="h-full outline-none"
          >
            <PhotoView key={photo.id} photo={photo} order={order} pictures={pictures} />
          </Dialog>
        )}
      </Modal>
    </ModalOverlay>
  );
}
