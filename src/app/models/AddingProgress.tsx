import { Pause, Play, X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useApp, useAppState } from '../app-context';
import { errorSentences, inARow } from '../i18n/error-sentences';
import { useFormat } from '../i18n/useFormat';
import { Button } from '../ui/Button';
import { Confirm } from '../ui/Dialogs';
import { Progress } from '../ui/Progress';

/** The package on its way into the browser: how far it is, what went wrong. Nothing without one. */
export function AddingProgress() {
  const { t } = useTranslation();
  const format = useFormat();
  const { pauseAdding, resumeAdding, cancelAdding } = useApp().stores.models.getState();
  const adding = useAppState('models', (state) => state.adding);
  const [cancelling, setCancelling] = useState(false);
  if (!adding) return null;
  const { request, status, arriving, progress, error } = adding;
  const name = arriving?.name;
  const title = {
    running: name ? t('models.adding', { name }) : t('models.reading'),
    paused: `${t('models.paused')}${name ? ` · ${name}` : ''}`,
    failed: name ? t('models.addFailed', { name }) : t('models.addFailedUnnamed'),
  }[status];
  const loadedBytes = progress?.loadedBytes ?? 0;
  const sentences = error && errorSentences(error);
  return (
    <div
      data-testid="adding-model"
      data-state={status}
      data-error={error?.code}
      className="rounded-2xl border border-line bg-surface px-5 py-4"
    >
      <Progress
        label={title}
        title={title}
        status={status}
        value={loadedBytes}
        maxValue={progress?.totalBytes ?? 1}
        valueLabel={
          progress
            ? t('models.progress', {
                loaded: format.bytes(progress.loadedBytes),
                total: format.bytes(progress.totalBytes),
              })
            : ''
        }
      />
      {sentences && (
        <div role="alert" className="mt-2 text-seal-ink">
          <p>{inARow(sentences.what, sentences.remedy)}</p>
          <p className="mt-1 font-mono text-xs wrap-anywhere opacity-80">{error.message}</p>
        </div>
      )}
      <div className="mt-3 flex flex-wrap gap-2">
        {status === 'running' ? (
          // What has come of an export is kept as a whole only: a pause would lose it.
          request.kind !== 'export-url' && (
            <Button size="small" icon={Pause} onPress={pauseAdding}>
              {t('models.pause')}
            </Button>
          )
        ) : (
          <Button size="small" icon={Play} onPress={resumeAdding}>
            {t(status === 'failed' ? 'app.retry' : 'models.resume')}
          </Button>
        )}
        <Button
          size="small"
          tone="quiet"
          icon={X}
          onPress={() => (loadedBytes > 0 ? setCancelling(true) : void cancelAdding())}
        >
          {t('models.cancel')}
        </Button>
      </div>
      <Confirm
        isOpen={cancelling}
        title={t('models.cancelTitle')}
        text={t('models.cancelText', { size: format.bytes(loadedBytes) })}
        action={t('models.cancelConfirm')}
        onConfirm={() => void cancelAdding()}
        onClose={() => setCancelling(false)}
      />
    </div>
  );
}
