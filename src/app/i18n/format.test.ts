import { describe, expect, it } from 'vitest';
import { createFormatter, localeFor } from './format';

const en = createFormatter('en-GB');
const zh = createFormatter('zh-CN');

describe('percent', () => {
  it('never claims a certainty that is not there', () => {
    expect(en.percent(0.999)).toBe('99%');
    expect(en.percent(1)).toBe('100%');
    expect(en.percent(0.004)).toBe('0%');
  });
});

describe('megapixels', () => {
  it('are counted as each language does', () => {
    expect([4000 * 3000, 480 * 320].map(en.megapixels)).toEqual(['12', '0.2']);
    expect([4000 * 3000, 480 * 320].map(zh.megapixels)).toEqual(['1,200', '15']);
  });
});

describe('bytes', () => {
  it.each([
    [0, '0 byte'],
    [999, '999 byte'],
    [1500, '1.5 kB'],
    [64_000_000, '64 MB'],
    [2_400_000_000, '2.4 GB'],
  ])('writes %i', (value, text) => {
    expect(en.bytes(value)).toBe(text);
  });
});

describe('duration', () => {
  it('uses the largest unit', () => {
    expect(en.duration(0.2)).toBe('1 second');
    expect(en.duration(90)).toBe('2 minutes');
    expect(en.duration(5400)).toBe('1.5 hours');
    expect(zh.duration(90)).toBe('2分钟');
  });

  it('is in simplified characters like the text around it', () => {
    expect(createFormatter('zh-TW').duration(90)).toBe('2分钟');
  });
});

describe('dates', () => {
  const time = new Date(2024, 1, 29, 15, 4).getTime();

  it('follow the language', () => {
    expect(en.month(time)).toBe('February 2024');
    expect(zh.day(time)).toBe('2024年2月29日星期四');
  });

  it('follow the variant', () => {
    expect(createFormatter('en-US').day(time)).toBe('Thursday, February 29, 2024');
    expect(createFormatter('zh-TW').day(time)).toMatch(/^2024年2月29日 ?星期四$/);
  });
});

describe('coordinates', () => {
  it('name the hemispheres', () => {
    expect(en.coordinates(-33.85678, 151.2153)).toBe('33.8568° S, 151.2153° E');
    expect(zh.coordinates(-33.85678, 151.2153)).toBe('南纬33.8568°，东经151.2153°');
  });
});

describe('localeFor', () => {
  it('takes the variant that the browser prefers', () => {
    expect(localeFor('en', ['zh-CN', 'en-GB', 'en-US'])).toBe('en-GB');
    expect(localeFor('zh', ['en-US'])).toBe('zh');
  });
});
