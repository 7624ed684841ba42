import { useEffect, useRef } from 'react';
import { smoothMap } from './heat';
import { useLooksAt } from './useLooksAt';

/** Pixels a side; the browser stretches it over the photo. */
const side = 96;
/** How dark the photo gets where nothing matches. */
const darkest = 0.82;

interface HeatMapProps {
  readonly attention: Float32Array;
  /** What matches: a word, or with null the whole sentence. */
  readonly subject: string | null;
}

/** Lies over a photo and leaves light on the part that a word matches. */
export function HeatMap({ attention, subject }: HeatMapProps) {
  const looksAt = useLooksAt();
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const image = context.createImageData(side, side);
    for (const [i, light] of smoothMap(attention, side).entries()) {
      image.data.set([10, 18, 15, 255 * darkest * (1 - light)], i * 4);
    }
    context.putImageData(image, 0, 0);
  }, [attention]);
  return (
    <canvas
      ref={canvas}
      role="img"
      aria-label={looksAt(subject, attention)}
      width={side}
      height={side}
      className="animate-appear pointer-events-none absolute inset-0 size-full"
    />
  );
}
