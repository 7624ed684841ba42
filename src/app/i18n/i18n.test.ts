import { readFileSync } from 'node:fs';
import i18next from 'i18next';
import { describe, expect, it } from 'vitest';
import { AppError, errorCodes } from '../../errors';
import { en } from './en';
import { errorSentences } from './error-sentences';
import { pickLanguage } from './i18n';
import { zh } from './zh';

type Tree = { readonly [key: string]: string | readonly string[] | Tree };

/** Every sentence by its path; plural forms count as one. */
function sentences(tree: Tree, path = ''): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [key, value] of Object.entries(tree)) {
    const place = `${path}${key.replace(/_(zero|one|other)$/, '')}`;
    if (typeof value === 'string') found.set(place, [...(found.get(place) ?? []), value]);
    else if (isList(value)) found.set(place, [...value]);
    else for (const [inner, texts] of sentences(value, `${place}.`)) found.set(inner, texts);
  }
  return found;
}

function isList(value: readonly string[] | Tree): value is readonly string[] {
  return Array.isArray(value);
}

function placeholders(texts: readonly string[]): string[] {
  const names = texts.flatMap((text) => [...text.matchAll(/\{\{(\w+)/g)].map((match) => match[1]));
  return [...new Set(names.map(String))].sort();
}

const english = sentences(en);
const chinese = sentences(zh);

describe('translations', () => {
  it('have the same keys in both languages', () => {
    expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it('use the same placeholders in both languages', () => {
    for (const [key, texts] of english) {
      expect([key, placeholders(chinese.get(key) ?? [])]).toEqual([key, placeholders(texts)]);
    }
  });

  it('leave no sentence empty', () => {
    for (const texts of [...english.values(), ...chinese.values()]) {
      for (const text of texts) expect(text.trim()).not.toBe('');
    }
  });

  it.each(errorCodes)('say what %s means and what to do', (code) => {
    for (const language of [en, zh]) {
      const { what, remedy } = language.errors[code];
      expect(what).toMatch(/[.。]$/);
      expect(remedy).toMatch(/[.。]$/);
    }
  });
});

it('the app’s own model is described as it describes itself', () => {
  const manifest = JSON.parse(readFileSync('public/models/r2d2-mini/manifest.json', 'utf8'));
  expect(en.models.bundledDescription).toBe(manifest.description);
  expect(en.models.bundledSource).toBe(manifest.source);
});

it('errors say what they are about', async () => {
  await i18next.init({ lng: 'en', resources: { en: { translation: en } } });
  const params = { size: 300, limit: 256, unit: 'MB' };
  expect(errorSentences(new AppError('photo-too-large', 'too large', params)).what).toBe(
    'The photo has 300 MB; up to 256 MB can be decoded safely.',
  );
});

describe('pickLanguage', () => {
  it('prefers the address, then the saved choice, then the browser', () => {
    expect(pickLanguage('zh', 'en', ['en'])).toBe('zh');
    expect(pickLanguage(null, 'en', ['zh-CN'])).toBe('en');
    expect(pickLanguage(null, null, ['fr-FR', 'zh-TW', 'en'])).toBe('zh');
  });

  it('passes over what it does not know', () => {
    expect(pickLanguage('fr', 'xx', ['de'])).toBe('en');
  });
});
