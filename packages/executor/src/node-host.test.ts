import { createNodeHost } from './node-host.ts';
import { hostConformance } from './testing/suite.ts';

const quiet = {
  info: () => undefined,
  warn: () => undefined,
  error: (fields: Record<string, unknown>) => console.error(fields),
};

hostConformance({
  kind: 'node',
  startMs: 10_000,
  create: (home) =>
    createNodeHost({
      home,
      modules: { selftest: new URL('./testing/selftest-tasks.ts', import.meta.url).href },
      log: quiet,
    }),
});
