import { expect, it } from 'vitest';
import { altAttribute } from './alt-text';

it('writes an attribute that HTML reads back as the caption', () => {
  expect(altAttribute('一只狗 & a "cat" <3')).toBe('alt="一只狗 &amp; a &quot;cat&quot; &lt;3"');
});
