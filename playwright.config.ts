import { defineConfig } from '@playwright/test';
import { appPort, appUrl, developmentPort, developmentUrl } from './e2e/support/addresses.ts';

/**
 * The tests use the built app (`npm run build`), served as `npm start` serves it, in the Chromium of
 * the system. WebGPU runs on a software adapter there: it is slow, so only a tiny model uses it.
 */
export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  fullyParallel: true,
  workers: 2,
  forbidOnly: Boolean(process.env.CI),
  // A busy machine may starve one run of a test; a trace of the failed try is kept.
  retries: process.env.CI ? 2 : 1,
  // Loading a model and indexing take seconds on a small machine, minutes on a busy one.
  timeout: 300_000,
  expect: { timeout: 60_000 },
  reporter: process.env.CI ? [['list'], ['html', { open: 'never' }]] : 'list',
  use: {
    baseURL: appUrl,
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    viewport: { width: 1280, height: 800 },
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--enable-unsafe-webgpu',
        '--use-webgpu-adapter=swiftshader',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  webServer: [
    {
      command: 'node scripts/serve.mjs --fixtures',
      env: { PORT: String(appPort) },
      url: appUrl,
    },
    {
      command: `vite --port ${developmentPort} --strictPort`,
      url: developmentUrl,
    },
  ],
});
