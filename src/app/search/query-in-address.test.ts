import { expect, it } from 'vitest';
import { queryFrom, withQuery } from './query-in-address';

it('carries any query through the address', () => {
  for (const query of ['雪地里的狗', 'a dog & a cat?', '100 % #1', 'emoji 🐕']) {
    const address = withQuery(new URL('https://host/app/?lang=zh'), query);
    expect(queryFrom(new URL(address.href))).toBe(query);
    expect(address.searchParams.get('lang')).toBe('zh');
    expect(address.search, 'nothing of it is sent to the host').toBe('?lang=zh');
  }
});

it('leaves the address alone without a query', () => {
  expect(withQuery(new URL('https://host/?lang=en#q=dog'), '  ').href).toBe(
    'https://host/?lang=en',
  );
  expect(queryFrom(new URL('https://host/'))).toBe('');
});
