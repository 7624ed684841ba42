import { Label, Radio, RadioGroup } from 'react-aria-components';

interface SegmentsProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly {
    readonly value: Value;
    readonly label: string;
    readonly lang?: string;
  }[];
  readonly onChange: (value: Value) => void;
}

/** One choice among a few, side by side. */
export function Segments<Value extends string>({
  label,
  value,
  options,
  onChange,
}: SegmentsProps<Value>) {
  return (
    <RadioGroup
      value={value}
      onChange={(chosen) => {
        const option = options.find((candidate) => candidate.value === chosen);
        if (option) onChange(option.value);
      }}
      orientation="horizontal"
      className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2"
    >
      <Label className="text-sm font-medium">{label}</Label>
      <div className="flex rounded-full border border-line bg-sunken p-0.5">
        {options.map((option) => (
          <Radio
            key={option.value}
            value={option.value}
            lang={option.lang}
            className="flex min-h-10 min-w-16 cursor-pointer items-center justify-center rounded-full px-4 text-sm text-ink-soft transition-colors data-hovered:text-ink data-selected:bg-raised data-selected:font-medium data-selected:text-ink data-selected:shadow-sm"
          >
            {option.label}
          </Radio>
        ))}
      </div>
    </RadioGroup>
  );
}
