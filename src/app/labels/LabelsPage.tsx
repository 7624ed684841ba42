import { useTranslation } from 'react-i18next';
import { useAppState } from '../app-context';
import { errorSentences, inARow } from '../i18n/error-sentences';
import { Button } from '../ui/Button';
import { Segments } from '../ui/Segments';
import { LabelEditor } from './LabelEditor';
import { LibraryLabels } from './LibraryLabels';
import { PhotoLabels } from './PhotoLabels';

/** Zero-shot classification: labels that somebody makes up, on one photo or on all of them. */
export function LabelsPage() {
  const { t } = useTranslation();
  const { scope, setScope } = useAppState('labels', (state) => state);
  return (
    <div className="pt-6 sm:pt-8">
      <h1 className="font-serif text-2xl font-semibold sm:text-3xl">{t('labels.title')}</h1>
      <p className="mt-1.5 max-w-2xl text-ink-soft">{t('labels.lead')}</p>
      <div className="mt-6 grid items-start gap-8 lg:grid-cols-[22rem_1fr] lg:gap-10">
        <LabelEditor />
        <div className="flex min-w-0 flex-col gap-5">
          <Segments
            label={t('labels.scope')}
            value={scope}
            onChange={setScope}
            options={[
              { value: 'photo', label: t('labels.onePhoto') },
              { value: 'library', label: t('labels.wholeLibrary') },
            ]}
          />
          <Failure />
          {scope === 'photo' ? <PhotoLabels /> : <LibraryLabels />}
        </div>
      </div>
    </div>
  );
}

function Failure() {
  const { t } = useTranslation();
  const { error, retry } = useAppState('labels', (state) => state);
  if (!error) return null;
  const { what, remedy } = errorSentences(error);
  return (
    <div role="alert" className="flex flex-wrap items-center gap-3 text-sm text-seal-ink">
      <p className="flex-1">{inARow(what, remedy)}</p>
      <Button size="small" onPress={retry}>
        {t('app.retry')}
      </Button>
    </div>
  );
}
