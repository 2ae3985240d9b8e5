/** Which room may import which, read from the syntax tree of every source file and from every package.json. */
import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';

/** A room and the other rooms it may import; a room not named here may import none and be imported by none. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'packages/contract': [],
  'packages/planner': ['packages/contract'],
  'packages/run-engine': ['packages/contract'],
  'packages/judge': ['packages/contract'],
  'packages/database': ['packages/contract'],
  'packages/engine-env': ['packages/contract'],
  'packages/ingest': ['packages/contract'],
  'packages/images': ['packages/contract'],
  'packages/split': ['packages/contract'],
  'packages/executor': ['packages/contract', 'packages/run-engine'],
  'apps/server': [
    'packages/contract',
    'packages/database',
    'packages/engine-env',
    'packages/executor',
    'packages/images',
    'packages/ingest',
    'packages/judge',
    'packages/planner',
    'packages/run-engine',
    'packages/split',
  ],
  'apps/web': ['packages/contract', 'packages/judge', 'packages/planner'],
  'apps/cli': ['packages/contract'],
};

/** Packages that run in the browser too or decide by themselves, and so may not touch the machine. */
const PURE = new Set([
  'packages/contract',
  'packages/planner',
  'packages/judge',
  'packages/run-engine',
  'packages/split',
  'apps/web',
]);
/** The Node side of a pure package: a subpath of its own, which pure rooms may not import. */
const NODE_SIDE = new Set(['packages/contract/src/home.ts', '@minori/contract/home']);
/** Loads the module of an operation that the server names, so that the host need not know what it runs. */
const LOADERS = new Set(['packages/executor/src/node-child.ts']);
/** Not product code: they drive the product from outside, or run in Node though they lie in a pure room. */
const FREE = /^(?:tools|e2e|bench)\/|\.test\.tsx?$|\.config\.ts$|\/scripts\//;

export interface Violation {
  readonly file: string;
  readonly imported: string;
  readonly rule: 'room' | 'private' | 'pure' | 'undeclared' | 'computed';
}

/** Every import that breaks the rules, in the checkout at `root`. */
export async function findViolations(root: string): Promise<Violation[]> {
  const violations: Violation[] = [];
  for await (const file of glob(['{apps,packages}/**/*.{ts,tsx,mts,js,mjs}', '{tools,e2e,bench}/**/*.ts'], {
    cwd: root,
    exclude: (name) => /(?:^|\/)(?:node_modules|dist)$/.test(name),
  })) {
    if (/(?:^|\/)(?:node_modules|dist)\//.test(file)) continue;
    for (const specifier of importsOf(file, readFileSync(join(root, file), 'utf8'))) {
      const rule = judge(root, file, specifier);
      if (rule) violations.push({ file, imported: specifier ?? '(computed)', rule });
    }
  }
  return [...violations, ...(await undeclaredOrForbiddenDependencies(root))];
}

/**
 * Specifiers of static imports, re-exports, `import x = require()`, `import('...')` types, dynamic imports and
 * require calls. `null` stands for a dynamic one that is not a literal.
 */
export function importsOf(file: string, source: string): (string | null)[] {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  const found: (string | null)[] = [];
  const literal = (node: { type: string; value?: unknown; quasis?: { value: { cooked: string | null } }[] } | null) => {
    if (node?.type === 'Literal' && typeof node.value === 'string') return node.value;
    if (node?.type === 'TemplateLiteral' && node.quasis?.length === 1) return node.quasis[0]?.value.cooked ?? null;
    return null;
  };
  new Visitor({
    ImportDeclaration: (node) => void found.push(node.source.value),
    ExportAllDeclaration: (node) => void found.push(node.source.value),
    ExportNamedDeclaration: (node) => void (node.source && found.push(node.source.value)),
    ImportExpression: (node) => void found.push(literal(node.source)),
    TSImportType: (node) => void found.push(literal(node.source)),
    TSExternalModuleReference: (node) => void found.push(literal(node.expression)),
    CallExpression: (node) => {
      if (node.callee.type === 'Identifier' && node.callee.name === 'require')
        found.push(literal(node.arguments[0] ?? null));
    },
  }).visit(program);
  return found;
}

function judge(root: string, file: string, specifier: string | null): Violation['rule'] | null {
  const from = roomOf(file);
  if (FREE.test(file)) return null;
  if (specifier === null) return LOADERS.has(file) ? null : 'computed';
  if (specifier.startsWith('.') || specifier.startsWith('/')) {
    const to = roomOf(relative(root, resolve(join(root, dirname(file)), specifier)).replaceAll(sep, '/'));
    // Even an allowed room is entered by its name, never by a path around its `exports`.
    return to === from ? null : 'private';
  }
  if (specifier.startsWith('@minori/')) {
    const [, name = '', ...rest] = specifier.split('/');
    const to = roomNamed(name);
    if (to === from) return null;
    if (!to || !from || !ALLOWED[from]?.includes(to)) return 'room';
    if (NODE_SIDE.has(specifier) && PURE.has(from)) return 'pure';
    return isExported(root, to, rest.join('/')) ? null : 'private';
  }
  const isBuiltin = specifier.startsWith('node:') || builtinModules.includes(specifier);
  return isBuiltin && from && PURE.has(from) && !NODE_SIDE.has(file) ? 'pure' : null;
}

function isExported(root: string, room: string, subpath: string): boolean {
  const { exports } = manifestOf(root, room);
  const key = subpath ? `./${subpath}` : '.';
  const names = typeof exports === 'string' ? ['.'] : Object.keys(exports ?? {});
  return names.some((name) => name === key || (name.includes('*') && key.startsWith(name.slice(0, name.indexOf('*')))));
}

/** package.json is the second door: a dependency on a forbidden room, or one whose exports lie outside its room. */
async function undeclaredOrForbiddenDependencies(root: string): Promise<Violation[]> {
  const violations: Violation[] = [];
  for await (const file of glob('{apps,packages}/*/package.json', { cwd: root })) {
    const room = dirname(file).replaceAll(sep, '/');
    const { dependencies = {}, devDependencies = {}, exports } = manifestOf(root, room);
    if (!(room in ALLOWED)) violations.push({ file, imported: room, rule: 'undeclared' });
    for (const name of Object.keys(dependencies).filter((dependency) => dependency.startsWith('@minori/'))) {
      if (!ALLOWED[room]?.includes(roomNamed(name.slice('@minori/'.length)) ?? ''))
        violations.push({ file, imported: name, rule: 'room' });
    }
    for (const name of Object.keys(devDependencies).filter((dependency) => dependency.startsWith('@minori/apps')))
      violations.push({ file, imported: name, rule: 'room' });
    for (const target of targetsOf(exports)) {
      if (relative(room, join(room, target)).startsWith('..'))
        violations.push({ file, imported: target, rule: 'private' });
    }
  }
  return violations;
}

function targetsOf(exports: unknown): string[] {
  if (typeof exports === 'string') return [exports];
  return exports && typeof exports === 'object' ? Object.values(exports).flatMap(targetsOf) : [];
}

interface Manifest {
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly exports?: unknown;
}

const manifestOf = (root: string, room: string) =>
  JSON.parse(readFileSync(join(root, room, 'package.json'), 'utf8')) as Manifest;

const roomNamed = (name: string) => Object.keys(ALLOWED).find((room) => room.split('/')[1] === name);

function roomOf(file: string): string | null {
  return /^(?:apps|packages)\/[^/]+/.exec(file.replaceAll(sep, '/'))?.[0] ?? null;
}
