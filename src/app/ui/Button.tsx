import type { LucideIcon } from 'lucide-react';
import type { ReactNode, Ref } from 'react';
import {
  Button as AriaButton,
  type ButtonProps as AriaButtonProps,
  Tooltip,
  TooltipTrigger,
} from 'react-aria-components';

type ButtonTone = 'primary' | 'plain' | 'quiet' | 'danger';

const tones: Readonly<Record<ButtonTone, string>> = {
  primary: 'bg-ink text-on-ink data-hovered:bg-ink-soft data-pressed:bg-ink-soft',
  plain:
    'bg-raised text-ink border border-line data-hovered:border-line-strong data-pressed:bg-sunken',
  quiet: 'text-ink-soft data-hovered:bg-sunken data-hovered:text-ink data-pressed:bg-line',
  danger:
    'bg-seal-wash text-seal-ink data-hovered:bg-seal data-hovered:text-on-seal data-pressed:bg-seal data-pressed:text-on-seal',
};

const shape =
  'inline-flex items-center justify-center gap-2 rounded-full font-medium whitespace-nowrap transition-colors select-none data-disabled:opacity-40 data-disabled:cursor-default';

const tooltip =
  'animate-appear max-w-64 rounded-md bg-ink px-2.5 py-1.5 text-xs text-on-ink shadow-lift';

interface ButtonProps extends Omit<AriaButtonProps, 'className' | 'children'> {
  readonly tone?: ButtonTone;
  readonly icon?: LucideIcon;
  readonly size?: 'regular' | 'small' | 'large';
  readonly ref?: Ref<HTMLButtonElement>;
  readonly children: ReactNode;
}

const sizes = {
  small: 'min-h-9 px-3.5 text-sm pointer-coarse:min-h-11',
  regular: 'min-h-11 px-5 text-sm',
  large: 'min-h-12 px-6 text-base',
} as const;

/** A button with words on it. */
export function Button({
  tone = 'plain',
  icon: Icon,
  size = 'regular',
  children,
  ...props
}: ButtonProps) {
  return (
    <AriaButton {...props} className={`${shape} ${sizes[size]} ${tones[tone]}`}>
      {Icon && <Icon aria-hidden="true" className="size-[1.15em] shrink-0" strokeWidth={1.8} />}
      {children}
    </AriaButton>
  );
}

interface IconButtonProps extends Omit<AriaButtonProps, 'className' | 'children'> {
  readonly icon: LucideIcon;
  /** The accessible name, shown as a tooltip. */
  readonly label: string;
  readonly tone?: ButtonTone;
  /** On photographs, where the colours of the theme do not hold. */
  readonly onPhoto?: boolean;
}

/** A button with a picture on it; its name shows as a tooltip. */
export function IconButton({
  icon: Icon,
  label,
  tone = 'quiet',
  onPhoto = false,
  ...props
}: IconButtonProps) {
  const colours = onPhoto
    ? 'text-white/90 data-hovered:bg-white/20 data-hovered:text-white data-pressed:bg-white/30'
    : tones[tone];
  return (
    <TooltipTrigger delay={500}>
      <AriaButton {...props} aria-label={label} className={`${shape} size-11 shrink-0 ${colours}`}>
        <Icon aria-hidden="true" className="size-5" strokeWidth={1.8} />
      </AriaButton>
      <Tooltip offset={6} className={tooltip}>
        {label}
      </Tooltip>
    </TooltipTrigger>
  );
}

interface CompactButtonProps extends Omit<ButtonProps, 'children' | 'size'> {
  readonly icon: LucideIcon;
  /** The words, which show where there is room for them, else as a tooltip. */
  readonly label: string;
}

/** A small button with words on wide screens, and a picture alone on others. */
export function CompactButton({ label, tone = 'quiet', ...props }: CompactButtonProps) {
  return (
    <TooltipTrigger delay={500}>
      <Button {...props} tone={tone} size="small">
        <span className="max-md:sr-only">{label}</span>
      </Button>
      <Tooltip offset={6} className={`${tooltip} md:hidden`}>
        {label}
      </Tooltip>
    </TooltipTrigger>
  );
}
