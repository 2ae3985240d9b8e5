export { item, IMAGE_LIMITS, REJECTIONS, NOTHING, rejection, said } from './item.ts';
export type { Annotation, ImageFacts, Item, Rejection, Said } from './item.ts';
export { outline } from './outline.ts';
export { looksTheSame } from './pixels.ts';
