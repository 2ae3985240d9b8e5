export { splitPictures } from './split.ts';
export type { Assignment, Outcome, Picture, Quarantined, SplitWish } from './split.ts';
