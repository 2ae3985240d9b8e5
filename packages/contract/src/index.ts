export * from './datasets.ts';
export * from './engine.ts';
export * from './forecast.ts';
export * from './http.ts';
export * from './ingest.ts';
export * from './problem.ts';
export * from './run.ts';
export * from './task.ts';
