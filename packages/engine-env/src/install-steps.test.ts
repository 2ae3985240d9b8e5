import { expect, test } from 'vitest';
import { withoutHashesOf } from './compile-locks.ts';
import { installProblem } from './install-problem.ts';
import { parsePipConfig, pipVariables, toUvArguments } from './package-sources.ts';
import { type EngineProgress, uvProgressReader } from './progress.ts';

test('pip settings become uv arguments, stronger ones winning and missing folders left out', () => {
  const pip = parsePipConfig(
    [
      `global.index-url='https://index.example/simple'`,
      `global.extra-index-url='file:///nowhere/simple https://more.example/simple'`,
      `:env:.cert='/some/ca.pem'`,
      `:env:.find-links='${import.meta.dirname}'`,
      `global.find-links='/tmp'`,
      `install.user='true'`,
    ].join('\n'),
  );
  const { args, env } = toUvArguments(pip, {});
  expect(args.join(' ')).toBe(
    `--default-index https://index.example/simple --index https://more.example/simple --find-links ${import.meta.dirname} --index-strategy unsafe-best-match`,
  );
  expect(env).toEqual({ SSL_CERT_FILE: '/some/ca.pem' });
});

test('without pip its environment variables still count', () => {
  const { args } = toUvArguments(
    pipVariables({ PIP_FIND_LINKS: import.meta.dirname, PIP_INDEX_URL: '', HOME: '/x' }),
    {},
  );
  expect(args).toEqual(['--find-links', import.meta.dirname]);
});

test.each([
  ['cpu', ['--torch-backend', 'cpu']],
  ['cu130', ['--torch-backend', 'cu130']],
  [import.meta.dirname, ['--find-links', import.meta.dirname]],
  ['https://wheels.example/cpu', ['--index', 'https://wheels.example/cpu', '--index-strategy', 'unsafe-best-match']],
])('MINORI_TORCH_INDEX=%s names where torch comes from', (value, args) => {
  expect(toUvArguments(new Map(), { MINORI_TORCH_INDEX: value }).args).toEqual(args);
});

test('progress follows the downloaded bytes and never goes back', () => {
  const seen: EngineProgress[] = [];
  const read = uvProgressReader((progress) => seen.push(progress));
  for (const line of [
    'Resolved 3 packages in 779ms',
    'Downloading ray (75.0MiB)',
    'Downloading numpy (25.0MiB)',
    ' Downloaded numpy',
    'Downloading late (100.0MiB)',
    ' Downloaded ray',
    ' Downloaded late',
    'Prepared 3 packages in 4.68s',
    'Installed 3 packages in 268ms',
    ' + ray==2.60.0',
  ])
    read(line);
  expect(seen.map(({ phase, package: name, fraction }) => [phase, name, Number(fraction.toFixed(3))])).toEqual([
    ['resolve', null, 0.1],
    ['download', 'ray', 0.1],
    ['download', 'numpy', 0.1],
    ['download', 'numpy', 0.3],
    ['download', 'late', 0.3],
    ['download', 'ray', 0.5],
    ['download', 'late', 0.9],
    ['install', null, 0.9],
    ['install', null, 0.95],
  ]);
});

test.each([
  ['engine_package_altered', 'error: Failed to download `tiny==1.0`\n  Caused by: Hash mismatch for `tiny==1.0`'],
  ['engine_disk_full', 'error: failed to write\n  Caused by: No space left on device (os error 28)'],
  ['engine_no_network', 'error: Request failed\n  Caused by: dns error: failed to lookup address information'],
  [
    'engine_no_network',
    'WARNING: Retrying (Retry(total=4)) after NewConnectionError(...)\nERROR: No matching distribution',
  ],
  ['engine_cache_not_writable', 'error: failed to create directory: Permission denied (os error 13)'],
  ['engine_package_missing', '  × No solution found when resolving dependencies:'],
  ['engine_install_failed', 'error: something else'],
])('%s is recognized', (code, output) => {
  expect(installProblem(output)).toMatchObject({ code, params: { detail: output.trim() } });
});

test('only the named package loses its hashes', () => {
  const lock = [
    'sympy==1.14.0 \\\n    --hash=sha256:aa\n    # via torch',
    'torch==2.13.0 \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\n    # via lightning',
    'torchmetrics==1.9.0 \\\n    --hash=sha256:dd',
  ];
  expect(withoutHashesOf('torch', lock.join('\n'))).toBe(
    [lock[0], 'torch==2.13.0\n    # via lightning', lock[2]].join('\n'),
  );
});
