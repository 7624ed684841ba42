import { Pause, Play, Square } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AppError } from '../../errors';
import { useApp } from '../app-context';
import { useFormat } from '../i18n/useFormat';
import { IconButton } from './Button';
import { Confirm } from './Dialogs';
import { Progress } from './Progress';

interface TaskProgressProps {
  readonly label: string;
  /** What is going on, in words. */
  readonly title: string;
  readonly status: 'running' | 'paused' | 'failed';
  /** Photos that are done with, one way or the other. */
  readonly done: number;
  readonly total: number;
  readonly photosPerSecond?: number | null;
  readonly secondsLeft: number | null;
  readonly onPause: () => void;
  readonly onResume: () => void;
  /** What it throws is shown. */
  readonly onCancel: () => Promise<void>;
  /** What is asked before it is cancelled. */
  readonly cancelQuestion: {
    readonly title: string;
    readonly text: string;
    readonly action: string;
  };
}

/** Long work over many photos: how far it is, how long it takes, and the buttons that steer it. */
export function TaskProgress({
  label,
  title,
  status,
  done,
  total,
  photosPerSecond = null,
  secondsLeft,
  onPause,
  onResume,
  onCancel,
  cancelQuestion,
}: TaskProgressProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { notices } = useApp().stores;
  const [confirming, setConfirming] = useState(false);
  const progress = t('indexing.progress', {
    done: format.number(done),
    total: format.number(total),
  });

  async function cancel(): Promise<void> {
    try {
      await onCancel();
    } catch (thrown) {
      notices.getState().showError(AppError.from(thrown));
    }
  }

  return (
    <div className="flex items-center gap-4">
      <div className="min-w-0 flex-1 py-1.5">
        <Progress
          label={label}
          title={title}
          status={status}
          value={done}
          maxValue={total}
          valueLabel={progress}
        >
          {status === 'running' && photosPerSecond !== null && (
            <span>{t('indexing.speed', { value: format.number(photosPerSecond, 1) })}</span>
          )}
          {status === 'running' && secondsLeft !== null && (
            <span>{t('indexing.left', { time: format.duration(secondsLeft) })}</span>
          )}
        </Progress>
      </div>
      <div className="flex">
        {status === 'running' ? (
          <IconButton icon={Pause} label={t('indexing.pause')} onPress={onPause} />
        ) : (
          <IconButton icon={Play} label={t('indexing.resume')} onPress={onResume} />
        )}
        <IconButton
          icon={Square}
          label={t('indexing.cancel')}
          onPress={() => setConfirming(true)}
        />
      </div>
      <Confirm
        {...cancelQuestion}
        isOpen={confirming}
        onConfirm={() => void cancel()}
        onClose={() => setConfirming(false)}
      />
    </div>
  );
}
