import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { minoriCache } from '@minori/contract/home';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ensureEngine, engineState, type EngineProgress } from './ensure-engine.ts';
import { ensureUv } from './ensure-uv.ts';
import { findPython } from './find-python.ts';

const uvLock = join(import.meta.dirname, '../../../engine/requirements-uv.lock');
let uvHome = '';
let folder = '';
let cacheDir = '';
let engineDir = '';
let env: NodeJS.ProcessEnv = {};

beforeAll(async () => {
  const python = await findPython(process.env);
  const uv = await ensureUv({ cacheDir: minoriCache(), lockFile: uvLock, python, env: process.env });
  uvHome = dirname(dirname(uv));
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'minori-engine-env-'));
  cacheDir = join(folder, 'cache');
  engineDir = join(folder, 'engine');
  mkdirSync(cacheDir);
  mkdirSync(engineDir);
  symlinkSync(uvHome, join(cacheDir, basename(uvHome)));
  symlinkSync(uvLock, join(engineDir, 'requirements-uv.lock'));
  const hash = makeWheel('tiny', '1.0', folder);
  writeFileSync(join(engineDir, 'requirements.in'), '# the engine\ntiny\n');
  writeFileSync(join(engineDir, 'requirements.lock'), `tiny==1.0 --hash=sha256:${hash}\n`);
  env = { ...process.env, PIP_FIND_LINKS: folder, UV_NO_INDEX: '1' };
  delete env['MINORI_TORCH_INDEX'];
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('an environment is installed once, tells its progress, and is found afterwards', async () => {
  expect(await engineState({ cacheDir, engineDir, env })).toBeNull();
  const seen: EngineProgress[] = [];
  const engine = await ensureEngine({ cacheDir, engineDir, env, onProgress: (progress) => seen.push(progress) });
  expect(engine.versions).toEqual({ python: expect.stringMatching(/^3\.\d+\.\d+/), tiny: '1.0' });
  expect(basename(dirname(dirname(engine.python)))).toBe(`engine-${engine.lockHash}`);
  expect(execFileSync(engine.python, ['-c', 'import tiny; print(tiny.answer)'], { encoding: 'utf8' })).toBe('42\n');
  expect(seen.map(({ fraction }) => fraction)).toEqual(seen.map(({ fraction }) => fraction).toSorted((a, b) => a - b));
  expect(seen.at(-1)).toEqual({ phase: 'verify', package: null, fraction: 1 });

  const again: EngineProgress[] = [];
  expect(await ensureEngine({ cacheDir, engineDir, env, onProgress: (progress) => again.push(progress) })).toEqual(
    engine,
  );
  expect(await engineState({ cacheDir, engineDir, env })).toEqual(engine);
  expect(again).toEqual([]);
});

test('two installers at once end with one environment and no leftovers', async () => {
  const [first, second] = await Promise.all([
    ensureEngine({ cacheDir, engineDir, env }),
    ensureEngine({ cacheDir, engineDir, env }),
  ]);
  expect(second).toEqual(first);
  expect(environments()).toEqual([`engine-${first.lockHash}`]);
});

test('another lock or another source of torch is another environment', async () => {
  const first = await ensureEngine({ cacheDir, engineDir, env });
  const other = await ensureEngine({ cacheDir, engineDir, env: { ...env, MINORI_TORCH_INDEX: folder } });
  expect(other.python).not.toBe(first.python);
});

test('what a killed installer left is removed, and a lost interpreter is replaced', async () => {
  const gone = execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }).trim();
  mkdirSync(join(cacheDir, `engine-0123456789ab.building-${gone}-0a1b2c3d`));
  const engine = await ensureEngine({ cacheDir, engineDir, env });
  expect(environments()).toEqual([`engine-${engine.lockHash}`]);

  rmSync(engine.python);
  symlinkSync(join(folder, 'no-such-python'), engine.python);
  expect(await engineState({ cacheDir, engineDir, env })).toBeNull();
  expect((await ensureEngine({ cacheDir, engineDir, env })).versions['tiny']).toBe('1.0');
});

test('an abort stops the installation and leaves nothing half made', async () => {
  const abort = new AbortController();
  const installing = ensureEngine({
    cacheDir,
    engineDir,
    env,
    signal: abort.signal,
    onProgress: ({ phase }) => phase === 'resolve' && abort.abort(new Error('stopped')),
  });
  await expect(installing).rejects.toThrow('stopped');
  expect(environments()).toEqual([]);
});

test('a package that does not match its hash is refused', async () => {
  writeFileSync(join(engineDir, 'requirements.lock'), `tiny==1.0 --hash=sha256:${'0'.repeat(64)}\n`);
  await expect(ensureEngine({ cacheDir, engineDir, env })).rejects.toMatchObject({ code: 'engine_package_altered' });
  expect(environments()).toEqual([]);
});

test('an index that cannot be reached and an old Python are named', async () => {
  writeFileSync(join(engineDir, 'requirements.in'), 'elsewhere\n');
  const { UV_NO_INDEX: _, ...online } = env;
  const unreachable = { ...online, UV_DEFAULT_INDEX: 'http://127.0.0.1:9/simple', UV_HTTP_RETRIES: '0' };
  await expect(ensureEngine({ cacheDir, engineDir, env: unreachable })).rejects.toMatchObject({
    code: 'engine_no_network',
  });

  const old = join(folder, 'old-python');
  writeFileSync(old, '#!/bin/sh\nprintf "/usr/bin/python3\\n3.9.2\\n"\n', { mode: 0o755 });
  await expect(ensureEngine({ cacheDir, engineDir, env: { ...env, MINORI_PYTHON: old } })).rejects.toMatchObject({
    code: 'engine_python_missing',
    params: { required: '3.11', found: '3.9.2' },
  });
});

function environments(): string[] {
  return readdirSync(cacheDir).filter(
    (name) => name.startsWith('engine-') || existsSync(join(cacheDir, name, 'pyvenv.cfg')),
  );
}

/** A wheel with one module; returns its SHA-256. */
function makeWheel(name: string, version: string, target: string): string {
  const script = `
import hashlib, sys, zipfile
name, version, path = sys.argv[1:]
info = f"{name}-{version}.dist-info"
with zipfile.ZipFile(path, "w") as wheel:
    wheel.writestr(f"{name}.py", "answer = 42\\n")
    wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
    wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: minori\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(f"{info}/RECORD", f"{name}.py,,\\n{info}/METADATA,,\\n{info}/WHEEL,,\\n{info}/RECORD,,\\n")
print(hashlib.sha256(open(path, "rb").read()).hexdigest())
`;
  const path = join(target, `${name}-${version}-py3-none-any.whl`);
  return execFileSync('python3', ['-c', script, name, version, path], { encoding: 'utf8' }).trim();
}
