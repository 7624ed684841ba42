import type { PluginOption } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';

/** Makes the app installable and builds src/service-worker, which serves it without a network. */
export function offline(): PluginOption {
  return VitePWA({
    strategies: 'injectManifest',
    srcDir: 'src/service-worker',
    filename: 'service-worker.ts',
    // src/service-worker/register.ts does it.
    injectRegister: false,
    injectManifest: {
      rollupFormat: 'iife',
      // Model packages are left out: the engine keeps them.
      globPatterns: [
        'index.html',
        'favicon.svg',
        'icons/*.png',
        'assets/**/*.{js,mjs,css,wasm,woff2,svg}',
        'sample/*',
      ],
      maximumFileSizeToCacheInBytes: 64 * 2 ** 20,
    },
    manifest: {
      name: 'r2d2-web',
      short_name: 'r2d2-web',
      description:
        'Search your own photographs in your own browser, in Chinese and English. Nothing leaves your machine.',
      lang: 'en',
      display: 'standalone',
      start_url: './',
      scope: './',
      background_color: '#f4f5f2',
      theme_color: '#f4f5f2',
      icons: [
        { src: 'favicon.svg', sizes: 'any', type: 'image/svg+xml' },
        { src: 'icons/icon-192.png', sizes: '192x192', type: 'image/png' },
        { src: 'icons/icon-512.png', sizes: '512x512', type: 'image/png' },
        {
          src: 'icons/icon-maskable-512.png',
          sizes: '512x512',
          type: 'image/png',
          purpose: 'maskable',
        },
      ],
    },
  });
}
