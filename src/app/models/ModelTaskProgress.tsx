import { ProgressBar } from 'react-aria-components';

interface ModelTaskProgressProps {
  readonly title: string;
  readonly value: number;
  readonly maxValue: number;
  /** The progress in words, as bytes or photos. */
  readonly valueLabel: string;
  readonly tone?: 'going' | 'resting' | 'failed';
}

const tones = { going: 'bg-celadon', resting: 'bg-celadon opacity-50', failed: 'bg-seal' } as const;

/** How far something about a model is. */
export function ModelTaskProgress({
  title,
  value,
  maxValue,
  valueLabel,
  tone = 'going',
}: ModelTaskProgressProps) {
  return (
    <ProgressBar
      value={value}
      maxValue={Math.max(1, maxValue)}
      valueLabel={valueLabel}
      aria-label={title}
    >
      {({ percentage }) => (
        <>
          <div className="flex flex-wrap justify-between gap-x-4">
            <span className="font-medium wrap-anywhere">{title}</span>
            <span className="text-ink-soft tabular-nums">{valueLabel}</span>
          </div>
          <div className="mt-2 h-1.5 overflow-hidden rounded-full bg-line">
            <div
              className={`h-full rounded-full transition-[width] ${tones[tone]}`}
              style={{ width: `${percentage ?? 0}%` }}
            />
          </div>
        </>
      )}
    </ProgressBar>
  );
}
