import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createSubjectStore } from '../subject/subject-store';
import { createLabelsStore } from './labels-store';
import { readSavedLabels } from './saved-labels';

const stored = new Map<string, string>();

beforeEach(() => {
  vi.useFakeTimers();
  stored.clear();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
  });
  vi.stubGlobal('window', { addEventListener: () => {} });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const never = () => new Promise<never>(() => {});

/** A tab without a photo to look at. */
const openTab = () =>
  createLabelsStore(
    {
      engine: { ready: never },
      labels: { ofPhoto: never, ofLibrary: never },
      library: { subscribe: () => () => {} },
    },
    createSubjectStore(),
  ).getState();

it('what two tabs change apart is kept of both', () => {
  const [one, other] = [openTab(), openTab()];
  one.setText('dog\ncat');
  one.setTemplates({ zh: ['{}'], en: ['a photo of {}'] });
  other.setThreshold(0.7);
  other.setNoneBelow(0.2);
  expect(readSavedLabels()).toMatchObject({
    text: 'dog\ncat',
    templates: { en: ['a photo of {}'] },
    threshold: 0.7,
    noneBelow: 0.2,
  });
});

it('a text never comes under the name of another tab’s set', () => {
  const [one, other] = [openTab(), openTab()];
  one.openSet({ name: 'pets', text: 'dog\ncat' });
  other.setText('sky\nsea');
  expect(readSavedLabels()).toMatchObject({ setName: '', text: 'sky\nsea' });
  one.saveSet('animals');
  expect(readSavedLabels()).toMatchObject({
    setName: 'animals',
    text: 'dog\ncat',
    sets: [{ name: 'animals', text: 'dog\ncat' }],
  });
});
