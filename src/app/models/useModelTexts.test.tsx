import i18next from 'i18next';
import { renderToStaticMarkup } from 'react-dom/server';
import { initReactI18next } from 'react-i18next';
import { beforeAll, expect, it } from 'vitest';
import type { Manifest } from '../../model/manifest';
import { en } from '../i18n/en';
import { zh } from '../i18n/zh';
import { useModelTexts } from './useModelTexts';

beforeAll(async () => {
  const resources = { zh: { translation: zh } };
  await i18next.use(initReactI18next).init({ lng: 'zh', resources });
});

type Words = Pick<Manifest, 'description' | 'source'>;

/** Of a model in the folder of the app's own, where people put theirs, too. */
function Texts(words: Words) {
  const { description, source } = useModelTexts({
    manifest: { license: 'MIT', ...words } as Manifest,
    origin: { kind: 'site', name: 'https://example.org/models/r2d2-mini/' },
  });
  return `${description} | ${source}`;
}

const textsOf = (words: Words) => renderToStaticMarkup(<Texts {...words} />);

it('says in the page’s language what the app’s own model says of itself', () => {
  const { bundledDescription, bundledSource } = en.models;
  expect(textsOf({ description: bundledDescription, source: bundledSource })).toBe(
    `${zh.models.bundledDescription} | ${zh.models.bundledSource}`,
  );
});

it('leaves the words of every other model as they are, wherever it lies', () => {
  expect(textsOf({ description: 'Photos of our club.', source: 'our weights' })).toBe(
    'Photos of our club. | our weights',
  );
});
