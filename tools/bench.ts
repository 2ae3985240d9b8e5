/** `./minori bench [name]`: runs bench/<name>.bench.ts, or all of them, one after the other. Each prints one line. */
import { glob } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { root, runChild } from './run-child.ts';

const wanted = process.argv.slice(2);
const files = (await Array.fromAsync(glob('bench/*.bench.ts', { cwd: root }))).toSorted();
const nameOf = (file: string) => basename(file, '.bench.ts');
const unknown = wanted.filter((name) => !files.some((file) => nameOf(file) === name));
if (unknown.length > 0) {
  process.stderr.write(`No bench named ${unknown.join(', ')}. There are: ${files.map(nameOf).join(', ') || 'none'}\n`);
  process.exit(2);
}

for (const file of files.filter((candidate) => wanted.length === 0 || wanted.includes(nameOf(candidate)))) {
  const status = await runChild(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, file)]);
  if (status === 0) continue;
  process.stderr.write(`${nameOf(file)} failed\n`);
  process.exitCode = 1;
}
