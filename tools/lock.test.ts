import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

interface LockedPackage {
  readonly link?: boolean;
  readonly resolved?: string;
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

const root = join(import.meta.dirname, '..');
const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, LockedPackage>;
};

test('the lock names no registry: every machine uses its own', () => {
  const named = Object.entries(packages).filter(([, { link, resolved }]) => !link && resolved);
  expect(named).toEqual([]);
  expect(readFileSync(join(root, 'package.json'), 'utf8')).not.toMatch(/(?:git\+|https?:|file:)/);
});

// A registry that lags behind with one platform makes `npm install` drop it here, and `npm ci` fail elsewhere.
test('every platform of every native package is locked', () => {
  const missing = Object.entries(packages).flatMap(([path, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter((name) => !isLocked(path, name))
      .map((name) => `${path} > ${name}`),
  );
  expect(missing).toEqual([]);
});

/** Walks up as Node does. */
function isLocked(path: string, name: string): boolean {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
    if (`${folder === '' ? '' : `${folder}/`}node_modules/${name}` in packages) return true;
    if (folder === '') return false;
  }
}
