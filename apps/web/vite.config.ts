import { readFileSync } from 'node:fs';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The file that an own preprocessing step begins with. */
const template = readFileSync(new URL('../../samples/plugins/preprocessing/sharpen.py', import.meta.url), 'utf8');
const server = process.env['MINORI_URL'] ?? 'http://127.0.0.1:8501';

export default defineConfig({
  plugins: [react()],
  define: { STEP_TEMPLATE: JSON.stringify(template) },
  build: {
    target: 'es2022',
    // The content policy allows no data: fonts or scripts; small files stay files.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    reportCompressedSize: false,
  },
  worker: { format: 'es' },
  server: { port: 5173, strictPort: true, proxy: { '/api': { target: server, changeOrigin: false } } },
});
