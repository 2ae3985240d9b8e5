import { fileURLToPath } from 'node:url';
import { ensureEngine } from '@minori/engine-env';
import { createPythonHost } from './python-host.ts';
import { hostConformance } from './testing/suite.ts';

const quiet = {
  info: () => undefined,
  warn: () => undefined,
  error: (fields: Record<string, unknown>) => console.error(fields),
};
const engineSource = fileURLToPath(new URL('../../../engine/src', import.meta.url));
const { python } = await ensureEngine();

hostConformance({
  kind: 'python',
  startMs: 180_000,
  create: (home) => createPythonHost({ home, python, engineSource, log: quiet }),
});
