export { createDispatcher, type Dispatcher } from './dispatcher.ts';
export type { AdvanceContext, Decision, Driver, NewRootRun, Spawn } from './driver.ts';
export type { InteractiveResult, InteractiveTask } from './interactive.ts';
export type { RunRow, RunTree } from './rows.ts';
