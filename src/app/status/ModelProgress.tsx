import { useTranslation } from 'react-i18next';
import { useAppState } from '../app-context';
import { useFormat } from '../i18n/useFormat';
import { Progress } from '../ui/Progress';

/** The model on its way to the browser; nothing once it is there. */
export function ModelProgress() {
  const { t } = useTranslation();
  const format = useFormat();
  const progress = useAppState('engine', (state) =>
    state.status === 'loading' ? state.progress : null,
  );
  if (!progress || progress.totalBytes === 0 || progress.loadedBytes >= progress.totalBytes) {
    return null;
  }
  return (
    <div className="mt-4 flex flex-col gap-2 rounded-2xl border border-line bg-surface px-5 py-4">
      <Progress
        label={t('engine.loading')}
        title={t('engine.loading')}
        value={progress.loadedBytes}
        maxValue={progress.totalBytes}
        valueLabel={t('engine.downloading', {
          loaded: format.bytes(progress.loadedBytes),
          total: format.bytes(progress.totalBytes),
        })}
      />
      <p className="text-xs text-ink-faint">{t('engine.once')}</p>
    </div>
  );
}
