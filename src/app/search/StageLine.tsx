import { Check, ScanSearch, Telescope } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { SearchUpdate } from '../../search/search';
import { useFormat } from '../i18n/useFormat';

const icons = { 'pre-rank': Telescope, 're-rank': ScanSearch, done: Check } as const;

interface StageLineProps {
  readonly update: SearchUpdate;
  /** Photos above the divider. */
  readonly likely: number;
}

/** How far the answer is: first look, checking closely (with progress), and at last what was found. */
export function StageLine({ update, likely }: StageLineProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const total = update.candidates;
  const read = update.hits.reduce((sum, { match }) => (match === undefined ? sum : sum + 1), 0);
  const done = update.stage === 'done';
  const share = done ? 1 : total === 0 ? 0 : read / total;
  const Icon = icons[update.stage];
  return (
    <div className="flex items-center gap-2 text-sm text-ink-soft">
      <Icon aria-hidden="true" className="size-4 text-celadon" strokeWidth={2} />
      <span>
        {done && likely > 0
          ? t('search.likelyCount', { count: likely })
          : t(`search.stage.${update.stage}`)}
      </span>
      {!done && total > 0 && (
        <>
          <span aria-hidden="true" className="h-1 w-24 overflow-hidden rounded-full bg-line">
            <span
              className="block h-full rounded-full bg-celadon transition-[width] duration-200"
              style={{ width: `${share * 100}%` }}
            />
          </span>
          <span className="hidden text-xs text-ink-faint tabular-nums sm:inline">
            {t('search.stageProgress', {
              done: format.number(read),
              total: format.number(total),
            })}
          </span>
        </>
      )}
    </div>
  );
}
