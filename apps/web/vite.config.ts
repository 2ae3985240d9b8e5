import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const server = process.env['MINORI_URL'] ?? 'http://127.0.0.1:8501';

export default defineConfig({
  plugins: [react()],
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
