import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['e2e/**/*.test.ts'],
    // Each file starts the whole product: one after the other on two cores.
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 240_000,
    // On a shared CI machine a browser may miss a beat: one more try, which the report names. Not at a desk, where it would hide a race.
    retry: process.env['CI'] ? 1 : 0,
  },
});
