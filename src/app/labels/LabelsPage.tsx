import { useTranslation } from 'react-i18next';
import { useAppState } from '../app-context';
import { Failure } from '../ui/Failure';
import { Segments } from '../ui/Segments';
import { LabelEditor } from './LabelEditor';
import { LibraryLabels } from './LibraryLabels';
import { PhotoLabels } from './PhotoLabels';

/** Zero-shot classification: labels that somebody makes up, on one photo or on all of them. */
export function LabelsPage() {
  const { t } = useTranslation();
  const { scope, setScope, error, retry } = useAppState('labels', (state) => state);
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
          {error && <Failure error={error} onRetry={retry} />}
          {scope === 'photo' ? <PhotoLabels /> : <LibraryLabels />}
        </div>
      </div>
    </div>
  );
}
