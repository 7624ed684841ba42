import { expect, it } from 'vitest';
import { keptCaption } from './useKeptCaption';

const by = (text: string) => ({ text, source: { kind: 'hand' } as const });

it.each([
  ['the page’s language', { zh: by('狗'), en: by('dog') }, { text: 'dog', language: 'en' }],
  ['else the other one', { zh: by('狗') }, { text: '狗', language: 'zh' }],
  ['nothing without captions', undefined, null],
  ['nothing without any', {}, null],
])('takes %s', (_, captions, expected) => {
  expect(keptCaption(captions, 'en')).toEqual(expected);
});
