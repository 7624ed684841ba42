import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { readSavedLabels, writeSavedLabels } from './saved-labels';

const stored = new Map<string, string>();

beforeEach(() => {
  stored.clear();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
  });
});
afterEach(() => void vi.unstubAllGlobals());

it('writes what has changed, and leaves what another tab has written', () => {
  writeSavedLabels({ text: 'dog\ncat', templates: { zh: ['{}'], en: ['a {}'] } });
  // Another tab, which was opened before and has another text.
  writeSavedLabels({ threshold: 0.7 });
  expect(readSavedLabels()).toMatchObject({
    text: 'dog\ncat',
    templates: { zh: ['{}'], en: ['a {}'] },
    threshold: 0.7,
    sets: [],
  });
});

it('begins anew where what is stored cannot be read', () => {
  vi.spyOn(console, 'warn').mockReturnValue();
  stored.set('r2d2-web.labels', '{"text": 1}');
  expect(readSavedLabels().text).toBe('');
  writeSavedLabels({ text: 'dog' });
  expect(readSavedLabels().text).toBe('dog');
});
