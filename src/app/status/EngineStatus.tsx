import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useApp, useAppState } from '../app-context';
import { useFormat } from '../i18n/useFormat';

const dots = { loading: 'bg-line-strong animate-pulse', ready: 'bg-celadon', failed: 'bg-seal' };

/** The model's state in the header; leads to the page about the model. Automation reads its data. */
export function EngineStatus() {
  const { t } = useTranslation();
  const format = useFormat();
  const { settings } = useApp().stores;
  const state = useAppState('engine', (current) => current);

  let text: string = t('engine.failed');
  let description: string = text;
  if (state.status === 'ready') {
    text = t(`engine.${state.backend}`);
    description = t(state.backend === 'webgpu' ? 'engine.onWebgpu' : 'engine.onWasm');
  }
  if (state.status === 'loading') {
    text =
      state.progress && state.progress.totalBytes > 0
        ? format.percent(state.progress.loadedBytes / state.progress.totalBytes)
        : t('engine.starting');
    description = t('engine.loading');
  }
  return (
    <div
      title={description}
      data-testid="engine"
      data-state={state.status}
      data-backend={state.status === 'ready' ? state.backend : undefined}
      data-model={state.status === 'ready' ? state.modelKey : undefined}
      // Scripts that wait for it to be visible find it on a phone, too, where it shows nothing once ready.
      className="min-h-px min-w-px"
    >
      <Button
        aria-label={`${t('engine.label')}: ${text}`}
        onPress={() => settings.getState().open('model')}
        className={`${state.status === 'ready' ? 'hidden sm:flex' : 'flex'} min-h-11 min-w-11 items-center justify-center gap-2 rounded-full px-2.5 text-xs text-ink-soft tabular-nums transition-colors data-hovered:bg-sunken data-hovered:text-ink`}
      >
        <span aria-hidden="true" className={`size-2 rounded-full ${dots[state.status]}`} />
        <span className="hidden whitespace-nowrap lg:inline">{text}</span>
      </Button>
    </div>
  );
}
