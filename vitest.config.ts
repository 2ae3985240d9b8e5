import { configDefaults, defineConfig } from 'vitest/config';

const ALONE = [
  'apps/server/src/dispatch/shares.test.ts',
  // Twenty budgets up to two minutes long: how well they hold is a matter of what else the machine does.
  ...(process.env['MINORI_TEST_FULL'] === '1' ? ['apps/server/src/forecast/budget.test.ts'] : []),
];

export default defineConfig({
  test: {
    globalSetup: ['packages/database/src/testing/global-setup.ts', 'tools/vitest-engine.ts'],
    // Real databases and engine processes share the machine with the tests that use them; who gets how much of it is asked
    // of a machine of one's own.
    projects: [
      { extends: true, test: { name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 0 } } },
      {
        extends: true,
        test: {
          name: 'beside each other',
          include: ['packages/**/*.test.{ts,tsx}', 'apps/**/*.test.{ts,tsx}', 'tools/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...ALONE],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
