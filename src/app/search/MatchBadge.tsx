import { MessageSquareText } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { SearchHit } from '../../search/search';
import { useFormat } from '../i18n/useFormat';

/** The calibrated match probability, where the raw one stands in for a package without calibration. */
export function matchOf(hit: SearchHit): number | undefined {
  return hit.calibratedMatch ?? hit.match;
}

/**
 * The match probability on a result: a number and, above the divider, a bar of that length; with a
 * sign where the photo's caption holds the query's words.
 */
export function MatchBadge({ hit }: { readonly hit: SearchHit }) {
  const { t } = useTranslation();
  const format = useFormat();
  const match = matchOf(hit);
  if (match === undefined) return null;
  const percent = format.percent(match);
  return (
    <span
      title={t('search.match', { percent })}
      className="animate-appear pointer-events-none absolute inset-x-0 bottom-0 flex items-center gap-2 bg-linear-to-t from-black/85 via-black/60 to-transparent px-2.5 pt-6 pb-2 text-xs font-semibold text-white tabular-nums"
    >
      <span
        className={`h-1 flex-1 overflow-hidden rounded-full ${hit.likely ? 'bg-white/30' : ''}`}
      >
        {hit.likely && (
          <span
            className="block h-full rounded-full bg-[#9ee0cb] transition-[width] duration-300"
            style={{ width: `${Math.max(2, match * 100)}%` }}
          />
        )}
      </span>
      {hit.caption && <MessageSquareText aria-hidden="true" className="size-3.5" />}
      {percent}
    </span>
  );
}
