import { useTranslation } from 'react-i18next';
import { useApp } from '../app-context';
import { Button } from '../ui/Button';

interface PreviewNoteProps {
  /** Null where there is no way to the original. */
  readonly onRequest: (() => Promise<boolean>) | null;
}

/** Says that this is the stored preview, and asks for the original where that can be read. */
export function PreviewNote({ onRequest }: PreviewNoteProps) {
  const { t } = useTranslation();
  const { notices } = useApp().stores;
  async function request(): Promise<void> {
    if (await onRequest?.()) return;
    notices.getState().show({
      tone: 'error',
      title: t('viewer.originalRefused'),
      detail: t('viewer.originalRefusedRemedy'),
    });
  }
  return (
    <div className="absolute bottom-5 left-1/2 flex -translate-x-1/2 items-center gap-3 rounded-full bg-black/60 px-5 py-1 text-sm backdrop-blur-sm has-[button]:pr-1">
      {t('viewer.preview')}
      {onRequest && (
        <Button size="small" onPress={() => void request()}>
          {t('viewer.showOriginal')}
        </Button>
      )}
    </div>
  );
}
