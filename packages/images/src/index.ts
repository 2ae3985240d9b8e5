export { item, IMAGE_LIMITS, REJECTIONS, NOTHING, rejection } from './item.ts';
export type { Annotation, ImageFacts, Item, Rejection } from './item.ts';
export { looksTheSame } from './pixels.ts';
