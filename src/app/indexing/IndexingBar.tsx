import { useTranslation } from 'react-i18next';
import { AppError } from '../../errors';
import { useApp, useAppState } from '../app-context';
import { errorSentences, inARow } from '../i18n/error-sentences';
import { TaskProgress } from '../ui/TaskProgress';
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
          <Progress status={status} />
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

function Progress({ status }: { readonly status: 'running' | 'paused' | 'failed' }) {
  const { t } = useTranslation();
  const { services, stores } = useApp();
  const { done, total, failed, photosPerSecond, secondsLeft } = useAppState(
    'indexing',
    (state) => state,
  );
  const engineReady = useAppState('engine', (state) => state.status === 'ready');
  const photos = useAppState('library', (state) => state.photos.length);
  const waiting = status === 'running' && !engineReady;
  // Files become photos without the model, and are then still to be looked at by it.
  const reading = waiting && photos + failed < total;

  async function cancel(): Promise<void> {
    try {
      await services.library.cancel();
    } catch (thrown) {
      stores.notices.getState().showError(AppError.from(thrown));
    }
  }

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
      onCancel={() => void cancel()}
      cancelQuestion={{
        title: t('indexing.cancelTitle'),
        text: t('indexing.cancelText'),
        action: t('indexing.cancelConfirm'),
      }}
    />
  );
}
