/** What a preprocessor_config.json says of the pixels. */
import * as v from 'valibot';
import type { Manifest } from '../manifest';

const channels = v.tuple([v.number(), v.number(), v.number()]);
const schema = v.object({ image_mean: channels, image_std: channels });

/** Those of CLIP, which Chinese-CLIP shares. */
const usual = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
} satisfies Pick<Manifest['image'], 'mean' | 'std'>;

/** Mean and deviation of the channels; the usual ones where there is no file. @throws RangeError */
export function readPreprocessor(
  text: string | undefined,
): Pick<Manifest['image'], 'mean' | 'std'> {
  if (text === undefined) return usual;
  try {
    const { image_mean: mean, image_std: std } = v.parse(schema, JSON.parse(text));
    return { mean, std };
  } catch (cause) {
    throw new RangeError('its preprocessor_config.json names no mean and deviation', { cause });
  }
}
