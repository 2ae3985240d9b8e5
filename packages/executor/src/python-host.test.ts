import { fileURLToPath } from 'node:url';
import { createPythonHost } from './python-host.ts';
import { hostConformance } from './testing/suite.ts';

const quiet = {
  info: () => undefined,
  warn: () => undefined,
  error: (fields: Record<string, unknown>) => console.error(fields),
};
const engineSource = fileURLToPath(new URL('../../../engine/src', import.meta.url));
const python = process.env['MINORI_ENGINE_PYTHON'] ?? 'python3';

hostConformance({
  kind: 'python',
  startMs: 180_000,
  create: (home) => createPythonHost({ home, python, engineSource, log: quiet }),
});
