export { runIngest, type IngestDeps, type IngestResult } from './run.ts';
export { tasks } from './tasks.ts';
