/** The text filter of the history: `model:auto_ets mase<0.8 tag:monthly free words`. */
import { ProblemError } from '@minori/contract';

export type Comparison = '<' | '<=' | '>' | '>=' | '=';
export type Condition =
  | { readonly kind: 'field'; readonly field: Field; readonly value: string }
  /** `Data.horizon:12`: a parameter by section and name. */
  | { readonly kind: 'parameter'; readonly section: string; readonly name: string; readonly value: string }
  | { readonly kind: 'metric'; readonly metric: string; readonly comparison: Comparison; readonly value: number }
  | { readonly kind: 'words'; readonly value: string };

const FIELDS = ['model', 'tag', 'status', 'kind', 'track', 'owner', 'dataset', 'verdict', 'run_id'] as const;
export type Field = (typeof FIELDS)[number];

const MAX_CONDITIONS = 20;
/** key:value, key:"value with spaces", key<1.5, "quoted words", word */
const TOKEN = /(?:([A-Za-z_][\w.]*)(?::(?:"([^"]*)"|(\S*))|(<=|>=|<|>|=)(\S*))|"([^"]*)"|(\S+))/gu;

/** @throws ProblemError filter_invalid 400 {part} */
export function parseFilter(text: string): Condition[] {
  const conditions: Condition[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const [part, key, quoted, plain, comparison, operand, quotedWords, word] = match;
    const value = quoted ?? plain;
    if (key !== undefined && value !== undefined) conditions.push(keyed(part, key, value));
    else if (key !== undefined && comparison !== undefined)
      conditions.push(metric(part, key, comparison as Comparison, operand ?? ''));
    else {
      const words = (quotedWords ?? word ?? '').trim();
      if (words !== '') conditions.push({ kind: 'words', value: words });
    }
  }
  if (conditions.length > MAX_CONDITIONS) throw new ProblemError('filter_invalid', 400, { part: text.slice(0, 60) });
  return conditions;
}

function keyed(part: string, key: string, value: string): Condition {
  if (value === '') throw new ProblemError('filter_invalid', 400, { part });
  if ((FIELDS as readonly string[]).includes(key)) return { kind: 'field', field: key as Field, value };
  const dot = key.indexOf('.');
  if (dot > 0 && dot < key.length - 1)
    return { kind: 'parameter', section: key.slice(0, dot), name: key.slice(dot + 1), value };
  throw new ProblemError('filter_invalid', 400, { part });
}

function metric(part: string, key: string, comparison: Comparison, operand: string): Condition {
  const value = Number(operand);
  if (operand === '' || !Number.isFinite(value) || key.includes('.'))
    throw new ProblemError('filter_invalid', 400, { part });
  return { kind: 'metric', metric: key, comparison, value };
}
