import { useTranslation } from 'react-i18next';
import { useAppState } from '../app-context';
import { useFormat } from '../i18n/useFormat';
import { Slider } from '../ui/Slider';
import { alwaysSome, useNoneBelow } from './useNoneBelow';

/** Cosines of photos with texts lie in here; the left end lets every photo have a label. */
const range = [-0.1, 0.9] as const;

/** How near a label must be, so that a photo of something else gets none. */
export function NoneSlider() {
  const { t } = useTranslation();
  const format = useFormat();
  const noneBelow = useNoneBelow();
  const setNoneBelow = useAppState('labels', (state) => state.setNoneBelow);
  return (
    <Slider
      label={t('labels.noneBelow')}
      hint={t('labels.noneBelowHint')}
      value={Math.max(noneBelow, range[0])}
      range={range}
      step={0.01}
      format={(value) => (value <= range[0] ? t('labels.off') : format.number(value, 2))}
      onChange={(value) => setNoneBelow(value <= range[0] ? alwaysSome : value)}
    />
  );
}
