import { useTranslation } from 'react-i18next';
import { useApp, useAppState } from '../app-context';
import { TaskCard } from '../ui/TaskCard';
import { TaskProgress } from '../ui/TaskProgress';
import { ImportFailures } from './ImportFailures';

/** The progress of indexing with its controls. Always in the document: automation reads its data. */
export function IndexingBar() {
  const { t } = useTranslation();
  const { status, done, total, failed, error } = useAppState('indexing', (state) => state);
  const isTurning = useIsTurning();
  return (
    <section
      // At rest it is no landmark.
      aria-label={status === 'idle' ? undefined : t('indexing.label')}
      data-testid="indexing"
      data-state={isTurning ? 'running' : status}
      data-done={done}
      data-total={total}
      data-failed={failed}
      // Scripts that wait for it to be visible find it at rest, too.
      className="min-h-px"
    >
      {status !== 'idle' && (
        <TaskCard error={error}>
          <Progress status={status} />
        </TaskCard>
      )}
      <ImportFailures />
    </section>
  );
}

/**
 * At rest with the model before, for the moment that the library takes to turn to the one that has
 * just become ready: what is left to do for that one is not counted yet.
 */
function useIsTurning(): boolean {
  const inUse = useAppState('engine', (state) =>
    state.status === 'ready' ? state.modelKey : null,
  );
  // Then it is that one's photos that are counted.
  const hasNext = useAppState('models', ({ next }) => next !== null);
  return useAppState(
    'indexing',
    ({ status, total, modelKey }) =>
      status === 'idle' && total > 0 && inUse !== null && !hasNext && modelKey !== inUse,
  );
}

function Progress({ status }: { readonly status: 'running' | 'paused' | 'failed' }) {
  const { t } = useTranslation();
  const { services } = useApp();
  const { done, total, failed, photosPerSecond, secondsLeft } = useAppState(
    'indexing',
    (state) => state,
  );
  const engineReady = useAppState('engine', (state) => state.status === 'ready');
  const photos = useAppState('library', (state) => state.photos.length);
  const waiting = status === 'running' && !engineReady;
  // Files become photos without the model, and are then still to be looked at by it.
  const reading = waiting && photos + failed < total;

  return (
    <TaskProgress
      label={t('indexing.label')}
      title={t(`indexing.${reading ? 'reading' : waiting ? 'waiting' : status}`)}
      status={status}
      done={(reading ? photos : done) + failed}
      total={total}
      photosPerSecond={photosPerSecond}
      secondsLeft={secondsLeft}
      onPause={() => services.library.pause()}
      onResume={() => services.library.resume()}
      onCancel={() => services.library.cancel()}
      cancelQuestion={{
        title: t('indexing.cancelTitle'),
        text: t('indexing.cancelText'),
        action: t('indexing.cancelConfirm'),
      }}
    />
  );
}
