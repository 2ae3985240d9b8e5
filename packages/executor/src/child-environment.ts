/** The environment of everything that computes: nothing of the server's leaks into it, and no library calls home. */

const OFFLINE = {
  MLFLOW_DISABLE_TELEMETRY: 'true',
  DO_NOT_TRACK: 'true',
  RAY_USAGE_STATS_ENABLED: '0',
  HF_HUB_OFFLINE: '1',
  HF_HUB_DISABLE_TELEMETRY: '1',
} as const;

/** One thread each, so that as many tasks as cores share them; a task raises its own by API. */
const ONE_THREAD = {
  OMP_NUM_THREADS: '1',
  OPENBLAS_NUM_THREADS: '1',
  MKL_NUM_THREADS: '1',
  NUMEXPR_NUM_THREADS: '1',
} as const;

/** What a process needs to find its programs, libraries and devices; no other variable passes. */
const PASSED = ['PATH', 'LD_LIBRARY_PATH', 'CUDA_VISIBLE_DEVICES', 'NVIDIA_VISIBLE_DEVICES', 'SYSTEMROOT', 'TMPDIR'];

export function childEnvironment(home: string, more: Record<string, string> = {}): Record<string, string> {
  const passed = PASSED.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(passed), HOME: home, LANG: 'C.UTF-8', TZ: 'UTC', ...OFFLINE, ...ONE_THREAD, ...more };
}
