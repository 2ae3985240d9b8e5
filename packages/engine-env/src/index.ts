export { engineState, ensureEngine } from './ensure-engine.ts';
export type { EngineEnv, EngineProgress, EnsureEngineOptions } from './ensure-engine.ts';
export { compileLocks } from './compile-locks.ts';
