import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isSettled } from '../../captions/job-state';
import { AppError } from '../../errors';
import type { CaptionLanguage } from '../../library/captions';
import type { PhotoId } from '../../library/library';
import { useApp, useAppState } from '../app-context';
import { languageNames, languages } from '../i18n/i18n';
import { useLanguage } from '../i18n/useLanguage';
import { useAbilities } from '../status/useAbilities';
import { Button } from '../ui/Button';
import { SmallDialog } from '../ui/Dialogs';
import { Segments } from '../ui/Segments';

interface CaptionPhotosProps {
  readonly ids: readonly PhotoId[];
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onStarted?: (() => void) | undefined;
}

/** Asks in which language captions are to be written for many photos, and starts the writing. */
export function CaptionPhotos({ ids, isOpen, onClose, onStarted }: CaptionPhotosProps) {
  const { t } = useTranslation();
  return (
    <SmallDialog
      title={t('captions.job.title', { count: ids.length })}
      isOpen={isOpen}
      onClose={onClose}
    >
      <Choice ids={ids} onClose={onClose} onStarted={onStarted} />
    </SmallDialog>
  );
}

function Choice({ ids, onClose, onStarted }: Omit<CaptionPhotosProps, 'isOpen'>) {
  const { t } = useTranslation();
  const { services, stores } = useApp();
  const captions = useAppState('library', (state) => state.captions);
  const busy = useAppState('captionJob', ({ status }) => status !== 'idle');
  const { captioner } = useAbilities();
  const [language, setLanguage] = useState<CaptionLanguage>(useLanguage());
  const modelKey = useAppState('engine', (state) =>
    state.status === 'ready' ? state.modelKey : null,
  );
  const toWrite = ids.filter((id) => !isSettled(captions.get(id)?.[language], modelKey)).length;

  async function start(): Promise<void> {
    onClose();
    onStarted?.();
    try {
      await services.captionJob.start(ids, language);
    } catch (thrown) {
      stores.notices.getState().showError(AppError.from(thrown));
    }
  }

  return (
    <>
      <Segments
        label={t('captions.language')}
        value={language}
        onChange={setLanguage}
        options={languages.map((value) => ({ value, label: languageNames[value], lang: value }))}
      />
      <p className="text-sm leading-relaxed text-ink-soft">
        {captioner ? t('captions.job.toWrite', { count: toWrite }) : t('captions.noCaptioner')}
      </p>
      {captioner && (
        <p className="text-sm leading-relaxed text-ink-soft">
          {busy ? t('captions.job.busy') : t('captions.job.hint')}
        </p>
      )}
      <div className="mt-2 flex flex-wrap justify-end gap-2">
        <Button onPress={onClose}>{t('app.cancel')}</Button>
        <Button
          tone="primary"
          isDisabled={toWrite === 0 || !captioner}
          onPress={() => void start()}
        >
          {t('captions.job.start')}
        </Button>
      </div>
    </>
  );
}
