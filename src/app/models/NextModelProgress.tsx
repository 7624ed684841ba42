import { useTranslation } from 'react-i18next';
import { useApp, useAppState } from '../app-context';
import { errorSentences, inARow } from '../i18n/error-sentences';
import { useFormat } from '../i18n/useFormat';
import { Button } from '../ui/Button';
import { Progress } from '../ui/Progress';

/** How far the library is indexed for the model that takes over next. Nothing where there is none. */
export function NextModelProgress() {
  const { t } = useTranslation();
  const format = useFormat();
  const { models } = useApp().services;
  const next = useAppState('models', (state) => state.next);
  const { status, modelKey, done, failed, total } = useAppState('indexing', (state) => state);
  if (!next) return null;
  const { name, engine } = next;
  const trouble = engine.status === 'failed' ? errorSentences(engine.error) : null;
  const counts = modelKey === next.key;
  const title = t(engine.status === 'ready' ? 'models.next' : 'models.nextStarting', { name });
  return (
    <section
      aria-label={t('models.next', { name })}
      data-testid="next-model"
      data-model={next.key}
      data-state={engine.status}
      className="mt-4 rounded-2xl border border-line bg-surface px-5 py-4"
    >
      <Progress
        label={title}
        title={title}
        value={counts ? done + failed : 0}
        maxValue={total}
        valueLabel={
          counts
            ? t('models.progress', {
                loaded: format.number(done + failed),
                total: format.number(total),
              })
            : ''
        }
      />
      {trouble ? (
        <p role="alert" className="mt-2 text-seal-ink">
          {inARow(trouble.what, trouble.remedy)}
        </p>
      ) : (
        <p className="mt-2 text-ink-soft">
          {t(status === 'paused' ? 'models.nextPaused' : 'models.nextText')}
        </p>
      )}
      <div className="mt-3 flex flex-wrap gap-2">
        {trouble && (
          <Button size="small" onPress={() => models.retry()}>
            {t('app.retry')}
          </Button>
        )}
        <Button size="small" onPress={() => models.changeNow()}>
          {t('models.changeNow')}
        </Button>
        <Button size="small" tone="quiet" onPress={() => models.cancel()}>
          {t('models.stay')}
        </Button>
      </div>
    </section>
  );
}
