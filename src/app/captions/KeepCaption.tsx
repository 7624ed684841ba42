import { BookmarkCheck, BookmarkPlus } from 'lucide-react';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { AppError } from '../../errors';
import type { CaptionLanguage } from '../../library/captions';
import type { PhotoId } from '../../library/library';
import { useApp, useAppState } from '../app-context';
import { Button } from '../ui/Button';

interface KeepCaptionProps {
  readonly id: PhotoId;
  readonly language: CaptionLanguage;
  readonly text: string;
}

/** Keeps the caption with its photo, and says what it would replace there. */
export function KeepCaption({ id, language, text }: KeepCaptionProps) {
  const { t } = useTranslation();
  const { stores } = useApp();
  const kept = useAppState('library', (state) => state.captions.get(id)?.[language]);
  const status = useRef<HTMLParagraphElement>(null);
  const isKept = kept?.text === text;

  async function keep(): Promise<void> {
    try {
      await stores.caption.getState().keep(language);
      // The button goes, and the focus with it.
      status.current?.focus();
    } catch (thrown) {
      stores.notices.getState().showError(AppError.from(thrown));
    }
  }

  return (
    <div className="flex flex-col items-start gap-1.5">
      {/* Always there, so that it is heard when it is filled. */}
      <p
        ref={status}
        role="status"
        tabIndex={-1}
        className="flex items-center gap-2 text-sm font-medium text-celadon outline-none"
      >
        {isKept && (
          <>
            <BookmarkCheck aria-hidden="true" className="size-4.5" strokeWidth={1.8} />
            {t('captions.kept')}
          </>
        )}
      </p>
      {!isKept && (
        <Button tone="primary" size="small" icon={BookmarkPlus} onPress={() => void keep()}>
          {t('captions.keep')}
        </Button>
      )}
      {kept && !isKept && (
        <p className="text-xs text-ink-faint">{t('captions.replaces', { text: kept.text })}</p>
      )}
    </div>
  );
}
