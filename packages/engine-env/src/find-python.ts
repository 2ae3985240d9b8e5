import { ProblemError } from '@minori/contract';
import { runCommand } from './run-command.ts';

export interface Interpreter {
  readonly path: string;
  /** Such as `3.11.7`. */
  readonly version: string;
}

const NAMES = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11'];
const PROBE = 'import sys; print(sys.executable); print("%d.%d.%d" % sys.version_info[:3])';

/**
 * The interpreter the environment is made from: `MINORI_PYTHON` if set, else the first on PATH that is new enough.
 * @throws ProblemError engine_python_missing, params {required, found}
 */
export async function findPython(env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<Interpreter> {
  let found: string | null = null;
  for (const name of env['MINORI_PYTHON'] ? [env['MINORI_PYTHON']] : NAMES) {
    const { status, stdout } = await runCommand(name, ['-SEc', PROBE], { env, signal });
    const [path, version] = stdout.trim().split('\n');
    if (status !== 0 || !path || !version) continue;
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major === 3 && minor >= 11) return { path, version };
    found ??= version;
  }
  throw new ProblemError('engine_python_missing', 503, { required: '3.11', found });
}
