import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { assemblyscript } from './scripts/assemblyscript-plugin.ts';

/** Threads in WASM need a cross-origin isolated page. */
const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export default defineConfig(({ mode }) => ({
  base: './',
  plugins: [react(), tailwindcss(), assemblyscript()],
  resolve: {
    // Without the first condition the wasm of onnxruntime-web is emitted twice.
    conditions: [
      'onnxruntime-web-use-extern-wasm',
      'module',
      'browser',
      mode === 'production' ? 'production' : 'development',
    ],
  },
  optimizeDeps: { exclude: ['onnxruntime-web', 'onnxruntime-web/webgpu', 'onnxruntime-web/jspi'] },
  worker: { format: 'es' },
  server: { headers: isolationHeaders },
  preview: { headers: isolationHeaders },
  build: { target: 'es2023' },
  test: { include: ['src/**/*.test.ts', 'src/**/*.test.tsx'] },
}));
