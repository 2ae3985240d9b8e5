import { configDefaults, defineConfig } from 'vitest/config';

const ALONE = ['e2e/cli.test.ts', 'e2e/first-forecast.test.ts'];

export default defineConfig({
  test: {
    globalSetup: ['tools/vitest-browser.ts'],
    // Each file starts the whole product. Two at a time keep two cores busy, but how long a search or its first forecast takes
    // is told only of a machine of its own.
    projects: [
      {
        extends: true,
        test: { name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: {
          name: 'beside each other',
          include: ['e2e/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...ALONE],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
    testTimeout: 180_000,
    hookTimeout: 240_000,
    // On a shared CI machine a browser may miss a beat: one more try, which the report names. Not at a desk, where it would hide a race.
    retry: process.env['CI'] ? 1 : 0,
  },
});
