export { createDispatcher, type Dispatcher, type DispatcherDeps, type DispatcherState } from './dispatcher.ts';
export type {
  AdvanceContext,
  BudgetView,
  Decision,
  Digest,
  Driver,
  NewRootRun,
  NewRun,
  NewTask,
  PastAttempt,
  Settlement,
  Spawn,
  TaskContext,
  TaskEnding,
} from './driver.ts';
export type { InteractiveResult, InteractiveTask } from './interactive.ts';
export type { AttemptRow, RunRow, RunTree } from './rows.ts';
