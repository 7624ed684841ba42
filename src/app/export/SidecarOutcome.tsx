import { useTranslation } from 'react-i18next';
import type { SidecarReport, SkipReason } from '../../export/write-sidecars';
import { errorSentences, inARow } from '../i18n/error-sentences';
import { Button } from '../ui/Button';

/** More than these are counted, not listed. */
const listed = 100;

interface SidecarOutcomeProps {
  readonly report: SidecarReport;
  readonly onClose: () => void;
}

/** What was written, what was not, and why. */
export function SidecarOutcome({ report, onClose }: SidecarOutcomeProps) {
  const { t } = useTranslation();
  const { written, unchanged, skipped, failed } = report;
  const skippedFor = (reason: SkipReason) =>
    skipped.filter((entry) => entry.reason === reason).length;
  return (
    <>
      <div role="status" className="flex flex-col gap-1.5 text-sm leading-relaxed">
        <p className="font-medium">{t('export.sidecars.written', { count: written.length })}</p>
        {unchanged.length > 0 && (
          <p className="text-ink-soft">
            {t('export.sidecars.unchanged', { count: unchanged.length })}
          </p>
        )}
        {(['no-folder', 'moved', 'refused'] as const).map((reason) => {
          const count = skippedFor(reason);
          return (
            count > 0 && (
              <p key={reason} className="text-ink-soft">
                {t(`export.sidecars.skipped.${reason}`, { count })}
              </p>
            )
          );
        })}
      </div>
      {failed.length > 0 && (
        <section className="text-sm">
          <h3 className="font-medium text-seal-ink">
            {t('export.sidecars.failed', { count: failed.length })}
          </h3>
          <ul className="mt-1 max-h-60 divide-y divide-line overflow-y-auto">
            {failed.slice(0, listed).map(({ path, error }) => {
              const { what, remedy } = errorSentences(error);
              return (
                <li key={path} className="py-2">
                  <p className="break-all">{path}</p>
                  <p className="text-ink-soft">{inARow(what, remedy)}</p>
                </li>
              );
            })}
          </ul>
        </section>
      )}
      <div className="mt-2 flex justify-end">
        <Button tone="primary" onPress={onClose}>
          {t('app.close')}
        </Button>
      </div>
    </>
  );
}
