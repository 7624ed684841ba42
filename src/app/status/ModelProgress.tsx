import { ProgressBar } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useAppState } from '../app-context';
import { useFormat } from '../i18n/useFormat';

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
    <ProgressBar
      value={progress.loadedBytes}
      maxValue={progress.totalBytes}
      aria-label={t('engine.loading')}
      className="mt-4 flex flex-col gap-2 rounded-2xl border border-line bg-surface px-5 py-4 text-sm"
    >
      {({ percentage }) => (
        <>
          <div className="flex flex-wrap justify-between gap-x-4">
            <span className="font-medium">{t('engine.loading')}</span>
            <span className="text-ink-soft tabular-nums">
              {t('engine.downloading', {
                loaded: format.bytes(progress.loadedBytes),
                total: format.bytes(progress.totalBytes),
              })}
            </span>
          </div>
          <div className="h-1.5 overflow-hidden rounded-full bg-line">
            <div
              className="h-full rounded-full bg-celadon transition-[width]"
              style={{ width: `${percentage ?? 0}%` }}
            />
          </div>
          <p className="text-xs text-ink-faint">{t('engine.once')}</p>
        </>
      )}
    </ProgressBar>
  );
}
