import { Tags } from 'lucide-react';
import { useDeferredValue, useMemo, useState } from 'react';
import { Checkbox } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { AppError } from '../../errors';
import { type LabelledPhoto, leastProbability } from '../../labels/labels';
import { useApp, useAppState } from '../app-context';
import { ExportMenu } from '../export/ExportMenu';
import { useThumbnail } from '../grid/useThumbnail';
import { useFormat } from '../i18n/useFormat';
import { withCommas } from '../i18n/with-commas';
import { photoName } from '../library/photo-name';
import { Button } from '../ui/Button';
import { Progress } from '../ui/Progress';
import { Slider } from '../ui/Slider';
import { NoneSlider } from './NoneSlider';
import { surestAndLeastSure, takenLabels, takers } from './taken-labels';
import { useNoneBelow } from './useNoneBelow';

const previews = 8;

/** A label set over the whole library: what each label would take, and the tagging. */
export function LibraryLabels() {
  const { t } = useTranslation();
  const format = useFormat();
  const { threshold, setThreshold, labels, found, running, progress } = useAppState(
    'labels',
    (state) => state,
  );
  const isEmpty = useAppState('library', ({ photos }) => photos.length === 0);
  if (isEmpty) return <Hint text={t('labels.emptyLibrary')} />;
  if (labels.length === 0) return <Hint text={t('labels.needsLabels')} />;
  return (
    <div className="flex flex-col gap-5">
      <div className="grid gap-6 rounded-2xl border border-line bg-surface p-4 sm:grid-cols-2 sm:p-5">
        <Slider
          label={t('labels.threshold')}
          hint={t('labels.thresholdHint')}
          value={threshold}
          range={[leastProbability, 0.99]}
          step={0.01}
          format={format.percent}
          onChange={setThreshold}
        />
        <NoneSlider />
      </div>
      {/* Said once; from then on the bar knows how far it is. */}
      <p role="status" className={progress ? 'sr-only' : 'text-sm text-ink-soft empty:hidden'}>
        {running && t('labels.reading')}
      </p>
      {progress && (
        <Progress
          label={t('labels.reading')}
          title={t('labels.reading')}
          value={progress.done}
          maxValue={progress.total}
          valueLabel={t('labels.readingLabels', {
            done: progress.done + 1,
            total: progress.total,
          })}
        />
      )}
      {found && <Preview />}
    </div>
  );
}

function Hint({ text }: { readonly text: string }) {
  return (
    <p role="status" className="text-sm text-ink-soft">
      {text}
    </p>
  );
}

function Preview() {
  const { t } = useTranslation();
  const { services, stores } = useApp();
  const { found, setName, labels, running, error } = useAppState('labels', (state) => state);
  // The sliders stay ahead of what they change.
  const threshold = useDeferredValue(useAppState('labels', (state) => state.threshold));
  const noneBelow = useDeferredValue(useNoneBelow());
  const [excluded, setExcluded] = useState<ReadonlySet<string>>(new Set());
  const [tagging, setTagging] = useState(false);
  const rows = useMemo(
    () =>
      (found?.labels ?? [])
        .map((label) => ({
          label,
          photos: found ? takers(found, label, { threshold, noneBelow }) : [],
        }))
        .sort((a, b) => b.photos.length - a.photos.length),
    [found, threshold, noneBelow],
  );
  if (!found) return null;
  // What is on show may still be what other labels, or the same ones by another model, have taken.
  const current = found.labels === labels && !running && !error;
  const taking = rows.filter(({ label, photos }) => photos.length > 0 && !excluded.has(label));
  const tagged = new Set(taking.flatMap(({ photos }) => photos.map(({ photoId }) => photoId))).size;
  const set = setName || t('labels.unnamed');

  async function tag(): Promise<void> {
    if (!found) return;
    setTagging(true);
    try {
      const labels = taking.map(({ label }) => label);
      await services.library.tagByLabels(set, takenLabels(found, labels, { threshold, noneBelow }));
      const title = t('labels.tagged', { count: tagged });
      stores.notices.getState().show({ tone: 'info', title });
    } catch (thrown) {
      stores.notices.getState().showError(AppError.from(thrown, 'storage-unavailable'));
    } finally {
      setTagging(false);
    }
  }

  function toggle(label: string, included: boolean): void {
    const next = new Set(excluded);
    if (included) next.delete(label);
    else next.add(label);
    setExcluded(next);
  }

  const empty = rows.filter(({ photos }) => photos.length === 0);
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Button
          tone="primary"
          icon={Tags}
          isDisabled={tagging || !current}
          onPress={() => void tag()}
        >
          {t('labels.tag', { count: tagged })}
        </Button>
        <ExportMenu />
        <p className="text-sm text-ink-soft">
          {t('labels.untaken', { count: found.photos.length - tagged })}
        </p>
      </div>
      <p className="text-xs text-ink-faint">{t('labels.tagHint', { set })}</p>
      <ul aria-label={t('labels.preview')} className="flex flex-col divide-y divide-line">
        {rows
          .filter(({ photos }) => photos.length > 0)
          .map(({ label, photos }) => (
            <LabelRow
              key={label}
              label={label}
              photos={photos}
              included={!excluded.has(label)}
              onToggle={(included) => toggle(label, included)}
            />
          ))}
      </ul>
      {empty.length > 0 && (
        <p className="text-sm text-ink-faint">
          {t('labels.takeNothing', { labels: empty.map(({ label }) => label).join(' · ') })}
        </p>
      )}
    </>
  );
}

interface LabelRowProps {
  readonly label: string;
  readonly photos: readonly LabelledPhoto[];
  readonly included: boolean;
  readonly onToggle: (included: boolean) => void;
}

/** What a label would take: how many photos, the surest of them and those that only just got in. */
function LabelRow({ label, photos, included, onToggle }: LabelRowProps) {
  const { t } = useTranslation();
  const order = photos.map(({ photoId }) => photoId);
  return (
    <li
      data-testid="label"
      data-label={label}
      data-count={photos.length}
      className="flex flex-col gap-2 py-3.5 [contain-intrinsic-size:auto_6rem] [content-visibility:auto]"
    >
      <Checkbox
        isSelected={included}
        onChange={onToggle}
        className="group flex min-h-9 cursor-pointer items-center gap-3 text-sm pointer-coarse:min-h-11"
      >
        <span
          aria-hidden="true"
          className="flex size-5 items-center justify-center rounded border-2 border-line-strong text-xs text-on-celadon group-data-focus-visible:outline-2 group-data-focus-visible:outline-offset-2 group-data-focus-visible:outline-celadon group-data-selected:border-celadon group-data-selected:bg-celadon"
        >
          {included && '✓'}
        </span>
        <span className="min-w-0 flex-1 font-medium break-words">{label}</span>
        <span className="text-ink-soft tabular-nums">
          {t('library.count', { count: photos.length })}
        </span>
      </Checkbox>
      <ul
        className={`grid grid-cols-4 gap-1 sm:grid-cols-8 ${included ? '' : 'opacity-40 grayscale'}`}
      >
        {surestAndLeastSure(photos, previews).map((photo) => (
          <li key={photo.photoId}>
            <PreviewPhoto photo={photo} order={order} />
          </li>
        ))}
      </ul>
    </li>
  );
}

interface PreviewPhotoProps {
  readonly photo: LabelledPhoto;
  readonly order: readonly string[];
}

function PreviewPhoto({ photo: { photoId, probability }, order }: PreviewPhotoProps) {
  const format = useFormat();
  const { services, stores } = useApp();
  const thumbnail = useThumbnail(photoId);
  const photo = services.library.photo(photoId);
  if (!photo) return null;
  const percent = format.percent(probability);
  return (
    <button
      type="button"
      aria-label={withCommas(photoName(photo), percent)}
      onClick={() => stores.viewer.getState().open(photoId, order)}
      className="relative block aspect-square w-full overflow-hidden rounded-sm bg-sunken"
    >
      {thumbnail.status === 'ready' && (
        <img src={thumbnail.url} alt="" className="size-full object-cover" />
      )}
      <span className="absolute right-1 bottom-1 rounded bg-black/60 px-1 text-[0.6875rem] leading-4 text-white tabular-nums">
        {percent}
      </span>
    </button>
  );
}
