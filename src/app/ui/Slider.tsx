import {
  Slider as AriaSlider,
  Label,
  SliderOutput,
  SliderThumb,
  SliderTrack,
} from 'react-aria-components';

interface SliderProps {
  readonly label: string;
  readonly hint: string;
  readonly value: number;
  readonly range: readonly [least: number, most: number];
  readonly step: number;
  readonly format: (value: number) => string;
  readonly onChange: (value: number) => void;
}

/** A number within a range. */
export function Slider({ label, hint, value, range, step, format, onChange }: SliderProps) {
  const [least, most] = range;
  return (
    <AriaSlider
      value={value}
      minValue={least}
      maxValue={most}
      step={step}
      onChange={onChange}
      className="grid grid-cols-[1fr_auto] content-start gap-x-4"
    >
      <Label className="text-sm font-medium">{label}</Label>
      <SliderOutput className="text-sm font-semibold tabular-nums">{format(value)}</SliderOutput>
      <SliderTrack className="col-span-2 flex h-9 w-full items-center pointer-coarse:h-11">
        {({ state }) => (
          <>
            <div className="h-1.5 w-full overflow-hidden rounded-full bg-line">
              <div
                className="h-full rounded-full bg-celadon"
                style={{ width: `${state.getThumbPercent(0) * 100}%` }}
              />
            </div>
            <SliderThumb className="top-1/2 size-5 rounded-full border-2 border-celadon bg-raised shadow-sm data-dragging:bg-celadon data-focus-visible:outline-2 data-focus-visible:outline-offset-2 data-focus-visible:outline-celadon" />
          </>
        )}
      </SliderTrack>
      <p className="col-span-2 text-xs text-ink-faint">{hint}</p>
    </AriaSlider>
  );
}
