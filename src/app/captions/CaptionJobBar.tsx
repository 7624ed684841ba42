import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useApp, useAppState } from '../app-context';
import { languageNames } from '../i18n/i18n';
import { TaskCard } from '../ui/TaskCard';
import { TaskProgress } from '../ui/TaskProgress';

/** The captioning of many photos with its controls. Always in the document: automation reads its data. */
export function CaptionJobBar() {
  const { t } = useTranslation();
  const state = useAppState('captionJob', (current) => current);
  const { status, language, done, total, failed, error } = state;
  useFinished();
  return (
    <section
      // At rest it is no landmark.
      aria-label={status === 'idle' ? undefined : t('captions.job.label')}
      data-testid="captioning"
      data-state={status}
      data-language={language}
      data-done={done}
      data-total={total}
      data-failed={failed}
      className="min-h-px"
    >
      {status !== 'idle' && (
        <TaskCard error={error}>
          <Progress status={status} />
          {failed > 0 && (
            <p className="pr-3 pb-2 text-sm text-ink-soft">
              {t('captions.job.failures', { count: failed })}
            </p>
          )}
        </TaskCard>
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
  const { services } = useApp();
  const { language, done, total, failed, secondsLeft } = useAppState(
    'captionJob',
    (state) => state,
  );
  const engineReady = useAppState('engine', (state) => state.status === 'ready');
  const job = services.captionJob;
  const waiting = status === 'running' && !engineReady;

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
      onCancel={() => job.cancel()}
      cancelQuestion={{
        title: t('captions.job.cancelTitle'),
        text: t('captions.job.cancelText'),
        action: t('captions.job.cancelConfirm'),
      }}
    />
  );
}
