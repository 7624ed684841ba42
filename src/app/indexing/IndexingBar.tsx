import { Pause, Play, Square } from 'lucide-react';
import { useState } from 'react';
import { ProgressBar } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { AppError } from '../../errors';
import { useApp, useAppState } from '../app-context';
import { errorSentences, inARow } from '../i18n/error-sentences';
import { useFormat } from '../i18n/useFormat';
import { IconButton } from '../ui/Button';
import { Confirm } from '../ui/Dialogs';
import { ImportFailures } from './ImportFailures';

/** The progress of indexing with its controls. Always in the document: automation reads its data. */
export function IndexingBar() {
  const { t } = useTranslation();
  const { status, done, total, failed, error } = useAppState('indexing', (state) => state);
  const sentences = error && errorSentences(error);
  return (
    <section
      aria-label={t('indexing.label')}
      data-testid="indexing"
      data-state={status}
      data-done={done}
      data-total={total}
      data-failed={failed}
      // Scripts that wait for it to be visible find it at rest, too.
      className="min-h-px"
    >
      {status !== 'idle' && (
        <div className="animate-rise mt-4 rounded-2xl border border-line bg-surface py-2 pr-2 pl-5">
          <Progress />
          {sentences && (
            <p role="alert" className="pr-3 pb-2 text-sm text-seal-ink">
              {inARow(sentences.what, sentences.remedy)}
            </p>
          )}
        </div>
      )}
      <ImportFailures />
    </section>
  );
}

function Progress() {
  const { t } = useTranslation();
  const format = useFormat();
  const { services, stores } = useApp();
  const [confirming, setConfirming] = useState(false);
  const { status, done, total, failed, photosPerSecond, secondsLeft } = useAppState(
    'indexing',
    (state) => state,
  );
  const engineReady = useAppState('engine', (state) => state.status === 'ready');
  const waiting = status === 'running' && !engineReady;
  const title = waiting
    ? t('indexing.waiting')
    : t(`indexing.${status === 'idle' ? 'running' : status}`);

  async function cancel(): Promise<void> {
    try {
      await services.library.cancel();
    } catch (thrown) {
      stores.notices.getState().showError(AppError.from(thrown));
    }
  }

  return (
    <div className="flex items-center gap-4">
      <ProgressBar
        value={done + failed}
        maxValue={Math.max(1, total)}
        aria-label={t('indexing.label')}
        valueLabel={t('indexing.progress', { done, total })}
        className="min-w-0 flex-1 py-1.5"
      >
        {({ percentage }) => (
          <>
            <div className="flex flex-wrap items-baseline justify-between gap-x-4 text-sm">
              <span className="font-medium">{title}</span>
              <span className="flex flex-wrap gap-x-3 text-ink-soft tabular-nums">
                <span>
                  {t('indexing.progress', {
                    done: format.number(done + failed),
                    total: format.number(total),
                  })}
                </span>
                {status === 'running' && photosPerSecond !== null && (
                  <span>{t('indexing.speed', { value: format.number(photosPerSecond, 1) })}</span>
                )}
                {status === 'running' && secondsLeft !== null && (
                  <span>{t('indexing.left', { time: format.duration(secondsLeft) })}</span>
                )}
              </span>
            </div>
            <div className="mt-2 h-1.5 overflow-hidden rounded-full bg-line">
              <div
                className={`h-full rounded-full transition-[width] duration-300 ${
                  status === 'failed' ? 'bg-seal' : 'bg-celadon'
                } ${status === 'paused' ? 'opacity-50' : ''}`}
                style={{ width: `${percentage ?? 0}%` }}
              />
            </div>
          </>
        )}
      </ProgressBar>
      <div className="flex">
        {status === 'running' ? (
          <IconButton
            icon={Pause}
            label={t('indexing.pause')}
            onPress={() => services.library.pause()}
          />
        ) : (
          <IconButton
            icon={Play}
            label={t('indexing.resume')}
            onPress={() => services.library.resume()}
          />
        )}
        <IconButton
          icon={Square}
          label={t('indexing.cancel')}
          onPress={() => setConfirming(true)}
        />
      </div>
      <Confirm
        isOpen={confirming}
        title={t('indexing.cancelTitle')}
        text={t('indexing.cancelText')}
        action={t('indexing.cancelConfirm')}
        onConfirm={() => void cancel()}
        onClose={() => setConfirming(false)}
      />
    </div>
  );
}
