export * from './attempts.ts';
export * from './budget.ts';
export * from './causes.ts';
export * from './leases.ts';
export * from './schedule.ts';
export * from './transitions.ts';
export * from './tree.ts';
