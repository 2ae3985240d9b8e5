import { expect, test } from 'vitest';
import en from '../texts/config.en.json' with { type: 'json' };
import ja from '../texts/config.ja.json' with { type: 'json' };
import { checkConfig, defaultConfigText } from './config-documents.ts';

const AUGUMENTS = `# training
library: builtin
image: { size: None }
train:
  - name: Rotate
    limit: 15
  - { name: HorizontalFlip, p: 0.5 }
validation:
  - name: CenterCrop
    height: 48
    width: 48
`;
const said = (name: 'params' | 'auguments', text: string) =>
  checkConfig(name, text).issues.map(({ path, code, line, column, params }) => ({ path, code, line, column, params }));
const changed = (from: string, to: string) => said('auguments', AUGUMENTS.replace(from, to));

test('None is null, as the documents write it; what is not said is filled in', () => {
  expect(checkConfig('auguments', AUGUMENTS).document).toMatchObject({ image: { size: null }, library: 'builtin' });
  expect(checkConfig('auguments', 'image: {size: null}').document).toMatchObject({ image: { size: null } });
  for (const name of ['params', 'auguments'] as const)
    expect(checkConfig(name, defaultConfigText(name))).toEqual({ ...checkConfig(name, ''), issues: [] });
});

test.each([
  ['a word nobody knows', 'name: Rotate', 'name: Vortex', ['train.0.name', 'operation_unknown', 5, 11]],
  [
    'a word of another library',
    'library: builtin',
    'library: torchvision',
    ['train.0.name', 'operation_unknown', 5, 11],
  ],
  ['a parameter nobody knows', 'limit: 15', 'angle: 15', ['train.0.angle', 'unknown_key', 6, 12]],
  ['below its range', 'limit: 15', 'limit: -3', ['train.0.limit', 'below', 6, 12]],
  ['bounds the wrong way round', 'limit: 15', 'limit: [9, 3]', ['train.0.limit', 'range_reversed', 6, 12]],
  ['a chance beyond certainty', 'p: 0.5', 'p: 1.5', ['train.1.p', 'above', 7, 32]],
  [
    'luck in validation',
    'name: CenterCrop',
    'name: VerticalFlip',
    ['validation.0.name', 'random_outside_training', 9, 11],
  ],
  ['a number that is a word', 'height: 48', 'height: tall', ['validation.0.height', 'not_number', 10, 13]],
  ['a size that is missing', '    height: 48\n', '', ['validation.0.height', 'missing', 9, 5]],
  ['half a pixel', 'width: 48', 'width: 48.5', ['validation.0.width', 'not_int', 11, 12]],
  ['a size of nothing', 'size: None', 'size: 0', ['image.size', 'below', 3, 16]],
  ['a size in words', 'size: None', 'size: large', ['image.size', 'wrong_form', 3, 16]],
  ['a broken bracket', 'size: None }', 'size: None', ['', 'yaml_syntax', 4, 1]],
  ['the same key twice', '    limit: 15', '    limit: 15\n    limit: 16', ['', 'yaml_syntax', 7, 5]],
])('auguments.yaml, %s: told with key and line', (_, from, to, [path, code, line, column]) => {
  expect(changed(from, to)[0]).toMatchObject({ path, code, line, column });
});

test('params.yaml: every mistake at once, each with its place', () => {
  const text = [
    'training:',
    '  optimizer: Adm',
    '  epochs: 3',
    '  scheduler_params: { step_size: 0 }',
    'data:',
    '  split_ratio: { train: 0.9 }',
    'preprocessing:',
    '  steps:',
    '    - name: patches',
    '      rows: 2',
    '      columns: 2',
    '    - name: gamma',
    '      gamma: 20',
  ].join('\n');
  expect(said('params', text)).toMatchObject([
    { path: 'training.optimizer', code: 'not_one_of', line: 2, params: { values: ['Adam', 'SGD', 'AdamW'] } },
    { path: 'training.scheduler_params.step_size', code: 'below', line: 4, params: { limit: 1 } },
    { path: 'training.epochs', code: 'unknown_key', line: 3, params: { key: 'epochs' } },
    { path: 'data.split_ratio', code: 'shares_not_one', line: 6 },
    { path: 'preprocessing.steps.1.gamma', code: 'above', line: 13, params: { limit: 10 } },
    { path: 'preprocessing.steps', code: 'patches_not_last', line: 9 },
  ]);
});

test('a bomb of aliases is refused, and so is a name that reaches for the prototype', () => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...[...'bcdefgh'].map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[at]}`).join(',')}]`),
  ].join('\n');
  expect(said('params', bomb)).toMatchObject([{ code: 'too_many_aliases' }]);
  expect(checkConfig('params', '__proto__:\n  polluted: 1\n').document).toBeNull();
  expect(checkConfig('params', 'model: &m {name: ResNet18}\ndata: {}\n').document?.model.name).toBe('ResNet18');
});

test('both languages have a sentence for every code', () => {
  expect(Object.keys(ja)).toEqual(Object.keys(en));
});
