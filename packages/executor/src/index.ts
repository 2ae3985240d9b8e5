export { type Executor, type ExecutorEvents, type HostState } from './executor.ts';
export { type ExecutorLog } from './log.ts';
export { createNodeHost, type NodeHostOptions } from './node-host.ts';
export { createOnDemandHost } from './on-demand-host.ts';
export { holdGroup, isAlive, processFacts } from './process-facts.ts';
export { createPythonHost, type PythonHostOptions } from './python-host.ts';
export { readSpool, SPOOL_START, type SpoolBatch, type SpoolPosition, summarizeSpool } from './spool.ts';
