import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { AppError } from '../../errors';
import { useApp, useAppState } from '../app-context';
import { errorSentences, inARow } from '../i18n/error-sentences';
import { languageNames } from '../i18n/i18n';
import { TaskProgress } from '../ui/TaskProgress';

/** The captioning of many photos with its controls. Always in the document: automation reads its data. */
export function CaptionJobBar() {
  const { t } = useTranslation();
  const state = useAppState('captionJob', (current) => current);
  const { status, language, done, total, failed, error } = state;
  const sentences = error && errorSentences(error);
  useFinished();
  return (
    <section
      aria-label={t('captions.job.label')}
      data-testid="captioning"
      data-state={status}
      data-language={language}
      data-done={done}
      data-total={total}
      data-failed={failed}
      className="min-h-px"
    >
      {status !== 'idle' && (
        <div className="animate-rise mt-4 rounded-2xl border border-line bg-surface py-2 pr-2 pl-5">
          <Progress status={status} />
          {failed > 0 && (
            <p className="pr-3 pb-2 text-sm text-ink-soft">
              {t('captions.job.failures', { count: failed })}
            </p>
          )}
          {sentences && (
            <p role="alert" className="pr-3 pb-2 text-sm text-seal-ink">
              {inARow(sentences.what, sentences.remedy)}
            </p>
          )}
        </div>
      )}
    </section>
  );
}

/** Says so once all captions are written. */
function useFinished(): void {
  const { t } = useTranslation();
  const { notices } = useApp().stores;
  const { status, done, total, failed } = useAppState('captionJob', (state) => state);
  const before = useRef(status);
  useEffect(() => {
    const ended = before.current !== 'idle' && status === 'idle';
    before.current = status;
    if (!ended || total === 0 || done + failed < total) return;
    notices.getState().show({
      tone: 'info',
      title: t('captions.job.finished'),
      ...(failed > 0 && { detail: t('captions.job.failures', { count: failed }) }),
    });
  }, [status, done, failed, total, notices, t]);
}

function Progress({ status }: { readonly status: 'running' | 'paused' | 'failed' }) {
  const { t } = useTranslation();
  const { services, stores } = useApp();
  const { language, done, total, failed, secondsLeft } = useAppState(
    'captionJob',
    (state) => state,
  );
  const engineReady = useAppState('engine', (state) => state.status === 'ready');
  const job = services.captionJob;
  const waiting = status === 'running' && !engineReady;

  async function cancel(): Promise<void> {
    try {
      await job.cancel();
    } catch (thrown) {
      stores.notices.getState().showError(AppError.from(thrown));
    }
  }

  return (
    <TaskProgress
      label={t('captions.job.label')}
      title={
        waiting
          ? t('indexing.waiting')
          : t(`captions.job.${status}`, { language: languageNames[language] })
      }
      status={status}
      done={done + failed}
      total={total}
      secondsLeft={secondsLeft}
      onPause={() => job.pause()}
      onResume={() => job.resume()}
      onCancel={() => void cancel()}
      cancelQuestion={{
        title: t('captions.job.cancelTitle'),
        text: t('captions.job.cancelText'),
        action: t('captions.job.cancelConfirm'),
      }}
    />
  );
}
