import { ChevronDown, CircleAlert } from 'lucide-react';
import { Button as AriaButton, Disclosure, DisclosurePanel, Heading } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { AppError } from '../../errors';
import { useApp, useAppState } from '../app-context';
import { errorSentences, inARow } from '../i18n/error-sentences';
import { Button } from '../ui/Button';

/** More than this are counted, not listed. */
const listed = 200;

/** The files that could not be taken in, each with its reason. Nothing where there are none. */
export function ImportFailures() {
  const { t } = useTranslation();
  const { services, stores } = useApp();
  const failures = useAppState('library', (state) => state.failures);
  if (failures.length === 0) return null;

  async function dismiss(): Promise<void> {
    try {
      await services.library.dismissFailures();
    } catch (thrown) {
      stores.notices.getState().showError(AppError.from(thrown));
    }
  }

  return (
    <Disclosure className="group mt-3 rounded-2xl border border-line bg-surface">
      <Heading level={2} className="text-sm font-medium">
        <AriaButton
          slot="trigger"
          className="flex min-h-12 w-full items-center gap-3 rounded-2xl px-5 text-left"
        >
          <CircleAlert aria-hidden="true" className="size-4.5 shrink-0 text-seal" />
          <span className="flex-1">{t('indexing.failures', { count: failures.length })}</span>
          <span className="hidden text-ink-soft sm:inline">{t('indexing.failuresShow')}</span>
          <ChevronDown
            aria-hidden="true"
            className="size-4.5 text-ink-faint transition-transform group-data-expanded:rotate-180"
          />
        </AriaButton>
      </Heading>
      <DisclosurePanel className="overflow-hidden">
        <div className="border-t border-line px-5 py-4">
          <p className="text-sm text-ink-soft">{t('indexing.failuresText')}</p>
          <ul className="mt-3 max-h-72 divide-y divide-line overflow-y-auto text-sm">
            {failures.slice(0, listed).map(({ path, error, at }) => {
              const { what, remedy } = errorSentences(error);
              return (
                <li key={`${path} ${at}`} className="py-2.5">
                  <p className="font-medium break-all">{path}</p>
                  <p className="text-ink-soft">{inARow(what, remedy)}</p>
                </li>
              );
            })}
          </ul>
          <div className="mt-3">
            <Button size="small" onPress={() => void dismiss()}>
              {t('indexing.failuresDismiss')}
            </Button>
          </div>
        </div>
      </DisclosurePanel>
    </Disclosure>
  );
}
