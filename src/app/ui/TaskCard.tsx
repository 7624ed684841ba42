import type { ReactNode } from 'react';
import type { AppError } from '../../errors';
import { errorSentences, inARow } from '../i18n/error-sentences';

interface TaskCardProps {
  /** Why the work stopped, if it did. */
  readonly error: AppError | undefined;
  readonly children: ReactNode;
}

/** What frames long work that is going on: its progress, and what went wrong with it. */
export function TaskCard({ error, children }: TaskCardProps) {
  const sentences = error && errorSentences(error);
  return (
    <div className="animate-rise mt-4 rounded-2xl border border-line bg-surface py-2 pr-2 pl-5">
      {children}
      {sentences && (
        <p role="alert" className="pr-3 pb-2 text-sm wrap-anywhere text-seal-ink">
          {inARow(sentences.what, sentences.remedy)}
        </p>
      )}
    </div>
  );
}
