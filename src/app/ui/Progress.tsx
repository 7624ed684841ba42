import type { ReactNode } from 'react';
import { ProgressBar } from 'react-aria-components';

interface ProgressProps {
  /** What is going on, for screen readers. */
  readonly label: string;
  /** What is going on, on show, unless the words around say it. */
  readonly title?: string;
  readonly status?: 'running' | 'paused' | 'failed';
  readonly value: number;
  readonly maxValue: number;
  /** The progress in words, as bytes or photos. */
  readonly valueLabel: string;
  /** What else is shown beside the progress in words. */
  readonly children?: ReactNode;
}

const tones = {
  running: 'bg-celadon',
  paused: 'bg-celadon opacity-50',
  failed: 'bg-seal',
} as const;

/** How far something is that takes a while. */
export function Progress({
  label,
  title,
  status = 'running',
  value,
  maxValue,
  valueLabel,
  children,
}: ProgressProps) {
  return (
    <ProgressBar
      value={value}
      maxValue={Math.max(1, maxValue)}
      valueLabel={valueLabel}
      aria-label={label}
      className="text-sm"
    >
      {({ percentage }) => (
        <>
          <div className="flex flex-wrap items-baseline justify-between gap-x-4">
            {title && <span className="font-medium wrap-anywhere">{title}</span>}
            <span className="flex flex-wrap gap-x-3 text-ink-soft tabular-nums">
              <span>{valueLabel}</span>
              {children}
            </span>
          </div>
          <div className="mt-2 h-1.5 overflow-hidden rounded-full bg-line">
            <div
              className={`h-full rounded-full transition-[width] duration-300 ${tones[status]}`}
              style={{ width: `${percentage ?? 0}%` }}
            />
          </div>
        </>
      )}
    </ProgressBar>
  );
}
