/** Reads `params.yaml` and `auguments.yaml`: everything that is wrong, each with its key and its place in the text. */
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, stringify } from 'yaml';
import type { z } from 'zod';
import { augmentation, type Augmentation } from '../augmentation.ts';
import { themeParams, type ThemeParams } from '../params.ts';
import type { ConfigIssue, ThemeConfigName } from './configuration.ts';

const SCHEMAS = { params: themeParams, auguments: augmentation } as const;
interface Documents {
  params: ThemeParams;
  auguments: Augmentation;
}
/** A mapping of a few names says the same as all of them: an alias of an alias is how a small text becomes a large one. */
const MOST_ALIASES = 20;

export interface CheckedConfig<Name extends ThemeConfigName = ThemeConfigName> {
  readonly issues: ConfigIssue[];
  /** With every default filled in; null where there are issues. */
  readonly document: Documents[Name] | null;
}

export function checkConfig<Name extends ThemeConfigName>(name: Name, text: string): CheckedConfig<Name> {
  const lines = new LineCounter();
  const parsed = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  if (parsed.errors.length > 0)
    return {
      issues: parsed.errors.map((error) => {
        const { line, col: column } = lines.linePos(error.pos[0]);
        const detail = error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? '';
        return { path: '', code: 'yaml_syntax', params: { detail }, message: detail, line, column };
      }),
      document: null,
    };
  let value: unknown;
  try {
    value = parsed.toJS({ maxAliasCount: MOST_ALIASES }) ?? {};
  } catch (error) {
    const { message } = error as Error;
    return {
      issues: [{ path: '', code: 'too_many_aliases', params: {}, message, line: null, column: null }],
      document: null,
    };
  }
  const checked = SCHEMAS[name].safeParse(value);
  if (checked.success) return { issues: [], document: { ...checked.data } as Documents[Name] };
  return {
    issues: checked.error.issues.flatMap(separate).map((issue) => {
      const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
      const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
      const place = placeOf(parsed, [...path, ...keys]);
      const at = place === null ? null : lines.linePos(place);
      return {
        path: [...path, ...keys].join('.'),
        ...meaningOf(issue),
        message: issue.message,
        line: at?.line ?? null,
        column: at?.col ?? null,
      };
    }),
    document: null,
  };
}

type Issue = z.core.$ZodIssue;

/** A name that nobody knows is one mistake each, with its own line. */
function separate(issue: Issue): Issue[] {
  return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => ({ ...issue, keys: [key] })) : [issue];
}

/** A code of our own with its values, worded in texts/config.{ja,en}.json. */
function meaningOf(issue: Issue): { code: string; params: Record<string, unknown> } {
  switch (issue.code) {
    case 'unrecognized_keys':
      return { code: 'unknown_key', params: { key: issue.keys[0] } };
    case 'invalid_type':
      return issue.message.endsWith('received undefined')
        ? { code: 'missing', params: {} }
        : { code: `not_${issue.expected}`, params: {} };
    case 'too_small':
      return { code: limitCode('below', issue.origin, issue.inclusive), params: { limit: Number(issue.minimum) } };
    case 'too_big':
      return { code: limitCode('above', issue.origin, issue.inclusive), params: { limit: Number(issue.maximum) } };
    case 'invalid_value':
      return { code: 'not_one_of', params: { values: issue.values.map(String) } };
    case 'invalid_union':
      return 'options' in issue && Array.isArray(issue.options)
        ? { code: 'not_one_of', params: { values: issue.options.map(String) } }
        : { code: 'wrong_form', params: {} };
    case 'custom': {
      const { code, ...params } = issue.params ?? {};
      return { code: typeof code === 'string' ? code : 'wrong_form', params };
    }
    default:
      return { code: issue.path.at(-1) === 'plugin' ? 'plugin_name' : 'wrong_form', params: {} };
  }
}

function limitCode(side: 'below' | 'above', origin: string, inclusive: boolean | undefined): string {
  if (origin === 'array' || origin === 'string') return side === 'below' ? 'too_few' : 'too_many';
  return inclusive === false ? `${side}_or_equal` : side;
}

/** Where a path, or the nearest above it, stands in the text: a value at itself, a whole mapping at its key. */
function placeOf(document: Document, path: readonly (string | number)[]): number | null {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && !isMap(node) && node.range) return node.range[0];
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === path[length - 1]) : null;
    const found = isNode(pair?.key) ? pair.key : node;
    if (isNode(found) && found.range) return found.range[0];
  }
  return null;
}

/** What a theme has before anything is saved: every default, to be read and changed. */
export function defaultConfigText(name: ThemeConfigName): string {
  return stringify(checkConfig(name, '{}').document);
}
