import { test as base, expect } from '@playwright/test';
import { AppPage } from './app-page.ts';

interface Options {
  /** Errors in the console that a test provokes. */
  readonly expectedErrors: RegExp | null;
  /** Addresses on other origins that a test has the page ask for. */
  readonly expectedElsewhere: RegExp | null;
}

interface Fixtures {
  readonly app: AppPage;
  /** Every request of the test so far, from pages and workers alike. */
  readonly requests: readonly string[];
}

/** The tests' own `test`: it fails on errors in the console and on requests to another origin. */
export const test = base.extend<Fixtures & Options>({
  expectedErrors: [null, { option: true }],
  expectedElsewhere: [null, { option: true }],

  app: async ({ page }, use) => {
    await use(new AppPage(page));
  },

  requests: [
    async ({ context, baseURL, expectedErrors, expectedElsewhere }, use) => {
      const requests: string[] = [];
      const errors: string[] = [];
      context.on('request', (request) => requests.push(request.url()));
      context.on('weberror', (error) => errors.push(String(error.error())));
      context.on('console', (message) => {
        if (message.type() === 'error') errors.push(message.text());
      });
      await use(requests);
      const elsewhere = requests.filter(
        (url) => !isLocal(url, baseURL ?? '') && !expectedElsewhere?.test(url),
      );
      expect(elsewhere, 'requests to another origin').toEqual([]);
      const unexpected = errors.filter((error) => !expectedErrors?.test(error));
      expect(unexpected, 'errors in the console').toEqual([]);
    },
    { auto: true },
  ],
});

/** True for addresses that stay on the machine: the app's own origin, and data made by the page. */
function isLocal(url: string, baseUrl: string): boolean {
  return /^(?:blob|data):/.test(url) || new URL(url).origin === new URL(baseUrl).origin;
}

export { expect };
