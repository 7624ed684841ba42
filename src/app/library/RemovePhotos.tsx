import { useTranslation } from 'react-i18next';
import { AppError } from '../../errors';
import type { PhotoId } from '../../library/library';
import { useApp } from '../app-context';
import { Confirm } from '../ui/Dialogs';

interface RemovePhotosProps {
  /** What to remove; the question is asked while this is not empty. */
  readonly ids: readonly PhotoId[];
  readonly onClose: () => void;
}

/** Asks, and then removes photos from the library. */
export function RemovePhotos({ ids, onClose }: RemovePhotosProps) {
  const { t } = useTranslation();
  const { services, stores } = useApp();

  async function remove(): Promise<void> {
    const notices = stores.notices.getState();
    try {
      await services.library.remove(ids);
      notices.show({ tone: 'info', title: t('library.removed', { count: ids.length }) });
    } catch (thrown) {
      notices.showError(AppError.from(thrown));
    }
  }

  return (
    <Confirm
      isOpen={ids.length > 0}
      title={t('library.removeTitle', { count: ids.length })}
      text={t('library.removeText', { count: ids.length })}
      action={t('library.remove')}
      onConfirm={() => void remove()}
      onClose={onClose}
    />
  );
}
