import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it, vi } from 'vitest';
import { deferred } from './deferred';

const Greeting = ({ name }: { readonly name: string }) => <p>Hello {name}</p>;

it('is there from the first frame once it was preloaded, and fetched once', async () => {
  const load = vi.fn(async () => Greeting);
  const Later = deferred(load);
  expect(renderToStaticMarkup(<Later name="Ada" />)).toBe('');
  Later.preload();
  Later.preload();
  await vi.waitUntil(() => renderToStaticMarkup(<Later name="Ada" />) !== '');
  expect(renderToStaticMarkup(<Later name="Ada" />)).toBe('<p>Hello Ada</p>');
  expect(load).toHaveBeenCalledTimes(1);
});

it('is fetched again after a failure', async () => {
  const load = vi.fn(async () => Greeting).mockRejectedValueOnce(new Error('no network'));
  const Later = deferred(load);
  Later.preload();
  await vi.waitUntil(() => {
    Later.preload();
    return renderToStaticMarkup(<Later name="Ada" />) !== '';
  });
  expect(load).toHaveBeenCalledTimes(2);
});
