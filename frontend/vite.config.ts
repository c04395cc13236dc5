import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** The server that `npm run dev` passes API and media requests on to. */
const backend = process.env.GLYPHSMITH_BACKEND ?? 'http://127.0.0.1:8000';

// The server refuses changes that another origin asks for, so requests are passed on as its own.
const passedOn = { target: backend, changeOrigin: true, headers: { origin: backend } };

/** Writes each script and style compressed beside itself; the server sends what the browser takes. */
const compressed: Plugin = {
  name: 'compressed',
  apply: 'build',
  writeBundle({ dir = 'dist' }, bundle) {
    for (const name of Object.keys(bundle).filter((name) => /\.(js|css)$/.test(name))) {
      const content = readFileSync(join(dir, name));
      if (content.length < 1000) continue;
      writeFileSync(join(dir, `${name}.gz`), gzipSync(content, { level: 9 }));
      writeFileSync(join(dir, `${name}.br`), brotliCompressSync(content));
    }
  },
};

export default defineConfig(({ command }) => ({
  base: command === 'build' ? '/static/' : '/',
  plugins: [react(), compressed],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  // Lazily loaded pages bring these in: known beforehand, they share one copy of the kit with the rest.
  optimizeDeps: { include: ['@mantine/charts', 'react-konva', 'konva'] },
  build: {
    target: 'es2023',
    outDir: 'dist',
    // Data URLs for fonts and scripts would not pass the content security policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
  },
  server: {
    proxy: Object.fromEntries(['/api', '/media', '/healthz'].map((path) => [path, passedOn])),
  },
  test: {
    environment: 'happy-dom',
    setupFiles: ['src/test-setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    testTimeout: 20_000,
  },
}));
