import { useTranslation } from 'react-i18next';
import type { AppError } from '../../errors';
import { errorSentences, inARow } from '../i18n/error-sentences';
import { Button } from './Button';

interface FailureProps {
  readonly error: AppError;
  readonly onRetry: () => void;
}

/** What went wrong on a page, what to do, and the button that tries again. */
export function Failure({ error, onRetry }: FailureProps) {
  const { t } = useTranslation();
  const { what, remedy } = errorSentences(error);
  return (
    <div role="alert" className="flex flex-wrap items-center gap-3 text-sm text-seal-ink">
      <p className="min-w-0 flex-1 wrap-anywhere">{inARow(what, remedy)}</p>
      <Button size="small" onPress={onRetry}>
        {t('app.retry')}
      </Button>
    </div>
  );
}
