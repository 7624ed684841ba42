import { useTranslation } from 'react-i18next';
import { useApp } from '../app-context';

/** Puts a text into the clipboard and says so, or how else to get it there. */
export function useCopy(): (text: string, done: string) => Promise<void> {
  const { t } = useTranslation();
  const { notices } = useApp().stores;
  return async (text, done) => {
    try {
      await navigator.clipboard.writeText(text);
      notices.getState().show({ tone: 'info', title: done });
    } catch (cause) {
      console.warn('The clipboard refused the text.', cause);
      notices.getState().show({
        tone: 'error',
        title: t('captions.copyFailed'),
        detail: t('captions.copyFailedRemedy'),
      });
    }
  };
}
