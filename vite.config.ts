import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { assemblyscript } from './scripts/assemblyscript-plugin.ts';
import { hosting } from './scripts/hosting-plugin.ts';
import { offline } from './scripts/offline-plugin.ts';

export default defineConfig(({ mode }) => ({
  // Relative addresses: the build can be hosted in any folder.
  base: './',
  plugins: [react(), tailwindcss(), assemblyscript(), hosting(), offline()],
  resolve: {
    // Without the first condition the wasm of onnxruntime-web is emitted twice.
    conditions: [
      'onnxruntime-web-use-extern-wasm',
      'module',
      'browser',
      mode === 'production' ? 'production' : 'development',
    ],
  },
  optimizeDeps: {
    exclude: ['onnxruntime-web/wasm', 'onnxruntime-web/webgpu', 'onnxruntime-web/jspi'],
    // Only workers import them; found while the page runs, they would make it reload.
    include: [
      '@huggingface/tokenizers',
      'valibot',
      'exifreader',
      'image-size',
      'libheif-js/libheif-wasm/libheif.js',
    ],
  },
  // Workers are built by themselves and share no plugin with the page.
  worker: { format: 'es', plugins: () => [assemblyscript()] },
  build: {
    target: 'es2023',
    chunkSizeWarningLimit: 800,
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  // The limit is there to end a test that hangs, not to measure one.
  test: { include: ['src/**/*.test.ts', 'src/**/*.test.tsx'], testTimeout: 30_000 },
}));
