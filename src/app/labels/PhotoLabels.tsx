import { useTranslation } from 'react-i18next';
import type { LabelScore } from '../../labels/labels';
import { noneFits } from '../../labels/zero-shot';
import { useAppState } from '../app-context';
import { useFormat } from '../i18n/useFormat';
import { SubjectPhoto } from '../subject/SubjectPhoto';
import { NoneSlider } from './NoneSlider';
import { useNoneBelow } from './useNoneBelow';

/** More bars than these are of no use. */
const mostBars = 50;

/** The labels of one photo, as bars. */
export function PhotoLabels() {
  const { t } = useTranslation();
  const scores = useAppState('labels', (state) => state.scores);
  const running = useAppState('labels', (state) => state.running);
  const hasSubject = useAppState('subject', ({ subject }) => subject !== null);
  const hasLabels = useAppState('labels', ({ labels }) => labels.length > 0);
  return (
    <div className="grid items-start gap-6 xl:grid-cols-2">
      <SubjectPhoto />
      <div className="flex flex-col gap-5">
        {scores ? (
          <Bars scores={scores} busy={running} />
        ) : (
          <p role="status" className="text-sm text-ink-soft">
            {!hasLabels
              ? t('labels.needsLabels')
              : hasSubject
                ? running && t('labels.reading')
                : t('labels.needsPhoto')}
          </p>
        )}
        {scores && <NoneSlider />}
      </div>
    </div>
  );
}

function Bars({
  scores,
  busy,
}: {
  readonly scores: readonly LabelScore[];
  readonly busy: boolean;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const none = noneFits(scores, useNoneBelow());
  return (
    <div aria-busy={busy} className={busy ? 'opacity-60 transition-opacity' : 'transition-opacity'}>
      <p role="status" className={none ? 'mb-3 font-medium text-seal-ink' : 'sr-only'}>
        {none ? t('labels.none') : t('labels.best', { label: scores[0]?.label ?? '' })}
      </p>
      <ol aria-label={t('labels.probabilities')} className="flex flex-col gap-2.5">
        {scores.slice(0, mostBars).map(({ label, cosine, probability }) => (
          <li
            key={label}
            data-testid="label"
            data-label={label}
            data-probability={probability}
            title={t('viewer.cosine', { value: format.number(cosine, 3) })}
            className={none ? 'text-ink-faint' : ''}
          >
            <div className="flex items-baseline justify-between gap-4 text-sm">
              <span className="min-w-0 break-words first-of-type:font-medium">{label}</span>
              <span className="tabular-nums">{format.percent(probability)}</span>
            </div>
            <div aria-hidden="true" className="mt-1 h-1.5 overflow-hidden rounded-full bg-sunken">
              <div
                className={`h-full rounded-full transition-[width] duration-300 ${none ? 'bg-line-strong' : 'bg-celadon'}`}
                style={{ width: `${probability * 100}%` }}
              />
            </div>
          </li>
        ))}
      </ol>
    </div>
  );
}
