import { expect, test } from 'vitest';
import { augmentation, planAugmentation } from './augmentation.ts';

const problems = (document: unknown) => {
  const answer = augmentation.safeParse(document);
  return answer.success ? [] : answer.error.issues.map(({ path }) => path.join('.'));
};

test('an empty document changes nothing', () => {
  expect(planAugmentation(augmentation.parse({}))).toEqual({
    library: 'builtin',
    size: null,
    train: [],
    evaluation: [],
  });
});

test('the defaults of our own operations are filled in, whatever they are called', () => {
  const document = augmentation.parse({
    image: { size: 64 },
    train: [{ name: 'RandomHorizontalFlip' }, { name: 'Rotate', limit: [-5, 20], p: 1 }],
    validation: [{ name: 'CenterCrop', height: 48, width: 48 }],
    test: [{ name: 'Grayscale' }],
  });
  expect(planAugmentation(document)).toEqual({
    library: 'builtin',
    size: [64, 64],
    train: [
      { name: 'HorizontalFlip', p: 0.5, params: {} },
      { name: 'Rotate', p: 1, params: { limit: [-5, 20] } },
    ],
    evaluation: [{ name: 'CenterCrop', p: 1, params: { height: 48, width: 48 } }],
  });
  expect(planAugmentation(document, 'test').evaluation).toEqual([{ name: 'ToGray', p: 1, params: {} }]);
});

test('other libraries keep their own words and defaults', () => {
  const document = augmentation.parse({
    library: 'torchvision',
    image: { size: [48, 64] },
    train: [{ name: 'RandomPerspective', distortion_scale: 0.4 }],
    validation: [{ name: 'Resize', size: 40 }],
  });
  expect(planAugmentation(document)).toEqual({
    library: 'torchvision',
    size: [48, 64],
    train: [{ name: 'RandomPerspective', p: null, params: { distortion_scale: 0.4 } }],
    evaluation: [{ name: 'Resize', p: 1, params: { size: 40 } }],
  });
});

test.each([
  ['a word nobody knows', { train: [{ name: 'Vortex' }] }, ['train.0.name']],
  ['a parameter nobody knows', { train: [{ name: 'Rotate', angle: 3 }] }, ['train.0']],
  ['a chance beyond certainty', { train: [{ name: 'Rotate', p: 1.5 }] }, ['train.0.p']],
  ['bounds the wrong way round', { train: [{ name: 'Rotate', limit: [9, 3] }] }, ['train.0.limit']],
  ['luck in validation', { validation: [{ name: 'HorizontalFlip' }] }, ['validation.0.name']],
  ['luck in how much', { library: 'albumentations', validation: [{ name: 'CLAHE' }] }, ['validation.0.name']],
  ['luck in the test', { library: 'albumentations', test: [{ name: 'Rotate' }] }, ['test.0.name']],
  ['a library nobody knows', { library: 'other' }, ['library']],
  ['a size of nothing', { image: { size: 0 } }, ['image.size']],
])('refused: %s', (_, document, paths) => {
  expect(problems(document)).toEqual(paths);
});
