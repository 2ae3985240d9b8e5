export { numberedPng, pngFrame, pngOf } from './png.ts';
export { zipOf } from './zip.ts';
