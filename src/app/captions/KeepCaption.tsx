import { BookmarkCheck, BookmarkPlus } from 'lucide-react';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { AppError } from '../../errors';
import type { CaptionLanguage, CaptionSource } from '../../library/captions';
import type { PhotoId } from '../../library/library';
import type { ModelKey } from '../../model/encoding';
import { useApp, useAppState } from '../app-context';
import { Button } from '../ui/Button';
import type { Sentence } from './caption-store';

interface KeepCaptionProps {
  readonly id: PhotoId;
  readonly language: CaptionLanguage;
  readonly sentence: Sentence;
  readonly modelKey: ModelKey | null;
}

/** Keeps the caption with its photo, and says what it would replace there. */
export function KeepCaption({ id, language, sentence, modelKey }: KeepCaptionProps) {
  const { t } = useTranslation();
  const { services, stores } = useApp();
  const kept = useAppState('library', (state) => state.captions.get(id)?.[language]);
  const status = useRef<HTMLParagraphElement>(null);
  const isKept = kept?.text === sentence.text;

  async function keep(): Promise<void> {
    const { library } = services;
    const source: CaptionSource =
      sentence.byHand || modelKey === null
        ? { kind: 'hand' }
        : { kind: 'model', modelKey, match: sentence.match };
    try {
      // A person's words give way to a model's only where the person says so, as here.
      await library.replaceCaption(id, language, { text: sentence.text, source });
      // The button goes, and the focus with it.
      status.current?.focus();
    } catch (thrown) {
      stores.notices.getState().showError(AppError.from(thrown, 'storage-unavailable'));
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
