import { describe, expect, it } from 'vitest';
import type { PhotoCaptions, StoredCaption } from '../library/captions';
import { CaptionTexts } from './caption-texts';

const byHand = (text: string): StoredCaption => ({ text, source: { kind: 'hand' } });
const byModel = (text: string): StoredCaption => ({
  text,
  source: { kind: 'model', modelKey: 'model@1', match: null },
});

const captions = new Map<string, PhotoCaptions>([
  ['snow', { zh: byModel('一只棕色的狗在雪地里奔跑。'), en: byModel('A brown dog runs on snow.') }],
  ['rex', { en: byHand("Rex at Grandma's, in the kitchen") }],
  ['mixed', { zh: byModel('穿T恤的男人'), en: byHand('Uncle Tom') }],
  ['hotdogs', { en: byModel('two hotdogs on a table') }],
]);

const texts = new CaptionTexts({ captions: () => captions });
const found = (query: string) => [...texts.holding(query)].map((entry) => entry.join(' by '));

describe('captions that hold the words of a query', () => {
  it.each([
    ['dog', ['snow by model']],
    ['DOG', ['snow by model']],
    ['brown dog', ['snow by model']],
    ['a dog in the snow', ['snow by model']],
    ['dog cat', []],
    ['do', []],
    ['rex', ['rex by hand']],
    ["grandma's kitchen", ['rex by hand']],
    ['雪地里的狗', ['snow by model']],
    ['狗', ['snow by model']],
    ['猫', []],
    ['雪地 dog', ['snow by model']],
    ['男人', ['mixed by model']],
    ['Tom', ['mixed by hand']],
    ['Tom 男人', ['mixed by model']],
    ['t恤', ['mixed by model']],
    ['ｒｅｘ', ['rex by hand']],
  ])('%s', (query, photos) => {
    expect(found(query)).toEqual(photos);
  });

  it('words that say nothing count where there are no others', () => {
    expect(found('the')).toEqual(['rex by hand']);
    expect(found('…!')).toEqual([]);
    // Words to the segmenter, but without a letter.
    expect(found('__')).toEqual([]);
    expect(found('')).toEqual([]);
  });

  it('follow the library', () => {
    let current = captions;
    const own = new CaptionTexts({ captions: () => current });
    expect(own.holding('rex').size).toBe(1);
    current = new Map(captions).set('rex', { en: byHand('A kitchen') });
    expect(own.holding('rex').size).toBe(0);
    expect(own.holding('kitchen').get('rex')).toBe('hand');
  });
});
