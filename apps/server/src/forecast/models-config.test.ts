import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { disabledModels } from './models-config.ts';

let root: string;
const write = async (folder: 'home' | 'checkout', text: string): Promise<void> => {
  await mkdir(join(root, folder, 'config'), { recursive: true });
  await writeFile(join(root, folder, 'config', 'models.yaml'), text);
};
const read = async (): Promise<readonly string[]> =>
  await disabledModels({ root: join(root, 'home') }, join(root, 'checkout'));

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'minori-models-'));
});
afterEach(async () => await rm(root, { recursive: true, force: true }));

test('the home overrules the checkout; without a file nothing is disabled', async () => {
  expect(await read()).toEqual([]);
  await write('checkout', 'models: {disabled: [auto_ets]}');
  expect(await read()).toEqual(['auto_ets']);
  await write('home', '# all of them\n');
  expect(await read()).toEqual([]);
});

test.each(['models: {disabled: [crystal_ball]}', 'models: {disable: []}', 'models: [', '- 1'])(
  '%j is refused',
  async (text) => {
    await write('home', text);
    await expect(read()).rejects.toMatchObject({ code: 'config_invalid' });
  },
);

test('the file of this checkout is sound', async () => {
  expect(await disabledModels({ root: join(root, 'home') })).toEqual([]);
});
