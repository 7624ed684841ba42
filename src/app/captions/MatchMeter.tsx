import { Meter } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/useFormat';

/** How probably a sentence describes the photo. */
export function MatchMeter({ match }: { readonly match: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const percent = format.percent(match);
  return (
    <Meter
      aria-label={t('captions.match')}
      value={match}
      maxValue={1}
      valueLabel={percent}
      className="flex items-center gap-3 text-sm text-ink-soft"
    >
      <span aria-hidden="true">{t('captions.match')}</span>
      <span aria-hidden="true" className="h-1.5 flex-1 overflow-hidden rounded-full bg-sunken">
        <span
          className="block h-full rounded-full bg-celadon transition-[width] duration-300"
          style={{ width: `${match * 100}%` }}
        />
      </span>
      <span className="font-semibold text-ink tabular-nums">{percent}</span>
    </Meter>
  );
}
