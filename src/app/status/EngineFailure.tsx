import { RotateCw } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useApp, useAppState } from '../app-context';
import { errorSentences } from '../i18n/error-sentences';
import { Button } from '../ui/Button';

/** Why the model did not start, and the way to start it again. Nothing while it is well. */
export function EngineFailure() {
  const { t } = useTranslation();
  const { engine } = useApp().services;
  const state = useAppState('engine', (current) => current);
  if (state.status !== 'failed') return null;
  const { what, remedy } = errorSentences(state.error);
  return (
    <div
      role="alert"
      className="mt-4 flex flex-wrap items-center justify-between gap-x-6 gap-y-3 rounded-2xl bg-seal-wash px-5 py-4 text-sm text-seal-ink"
    >
      <div className="min-w-60 flex-1 wrap-anywhere">
        <p className="font-semibold">
          {t('engine.failed')} · {what}
        </p>
        <p>{remedy}</p>
        <p className="mt-1 font-mono text-xs opacity-80">{state.error.message}</p>
      </div>
      <Button icon={RotateCw} onPress={() => engine.restart()}>
        {t('app.retry')}
      </Button>
    </div>
  );
}
