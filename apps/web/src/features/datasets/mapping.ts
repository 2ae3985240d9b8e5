/** What the columns of a file mean; pure steps between one reading and another. */
import type { AcceptedFix, Finding, Fix, Mapping, Preview } from '@minori/contract';

export type MappingKind = Mapping['kind'];
export type ColumnRole = 'unique_id' | 'ds' | 'y' | 'exogenous';

/** The kinds of reading that this file allows. */
export function possibleKinds(preview: Preview): MappingKind[] {
  return preview.mapping?.kind === 'preset' ? ['preset', 'long', 'wide', 'across'] : ['long', 'wide', 'across'];
}

/** Role of each column under a mapping. */
export function rolesOf(mapping: Mapping | null): Map<string, ColumnRole> {
  const roles = new Map<string, ColumnRole>();
  if (mapping === null) return roles;
  if (mapping.kind === 'long') {
    for (const name of mapping.exogenous) roles.set(name, 'exogenous');
    for (const name of mapping.unique_id) roles.set(name, 'unique_id');
    for (const name of mapping.ds) roles.set(name, 'ds');
    roles.set(mapping.y, 'y');
  } else if (mapping.kind === 'wide') {
    for (const name of mapping.series) roles.set(name, 'y');
    for (const name of mapping.ds) roles.set(name, 'ds');
  } else if (mapping.kind === 'across') {
    for (const name of mapping.times) roles.set(name, 'y');
    for (const name of mapping.unique_id) roles.set(name, 'unique_id');
  }
  return roles;
}

/** The same file read in another way, with the best columns that can be told from their types. */
export function withKind(preview: Preview, kind: MappingKind): Mapping {
  if (preview.mapping?.kind === kind) return preview.mapping;
  const names = preview.columns.map((column) => column.name);
  const typed = (type: string) => preview.columns.filter((column) => column.type === type).map((column) => column.name);
  const first = names[0] ?? '';
  const time = typed('date')[0] ?? first;
  const numbers = typed('number').filter((name) => name !== time);
  const words = typed('text').filter((name) => name !== time);
  if (kind === 'wide')
    return {
      kind,
      ds: [time],
      series: numbers.length > 0 ? numbers : names.filter((name) => name !== time).slice(0, 1),
    };
  if (kind === 'across')
    return { kind, unique_id: words.slice(0, 1), times: names.filter((name) => !words.includes(name)) };
  if (kind === 'preset') return { kind, preset: 'loto6', ds: 'draw' };
  const y = numbers.at(-1) ?? names.find((name) => name !== time) ?? first;
  return { kind: 'long', unique_id: words.slice(0, 1), ds: [time], y, exogenous: [] };
}

const sameFix = (a: AcceptedFix, code: string, column: string | null) =>
  a.code === code && (a.column ?? null) === column;

export function chosenFix(fixes: readonly AcceptedFix[], finding: Finding): AcceptedFix | undefined {
  return fixes.find((fix) => sameFix(fix, finding.code, finding.column));
}
export function withFix(fixes: readonly AcceptedFix[], finding: Finding, fix: Fix): AcceptedFix[] {
  const rest = fixes.filter((held) => !sameFix(held, finding.code, finding.column));
  return [
    ...rest,
    {
      code: finding.code,
      ...(finding.column === null ? {} : { column: finding.column }),
      id: fix.id,
      params: fix.params,
    },
  ];
}
/** The recommended fix of every error that has none chosen yet. */
export function withRecommended(fixes: readonly AcceptedFix[], findings: readonly Finding[]): AcceptedFix[] {
  let next = [...fixes];
  for (const finding of findings) {
    if (finding.severity !== 'error' || chosenFix(next, finding) !== undefined) continue;
    const best = finding.fixes.find((fix) => fix.recommended) ?? finding.fixes[0];
    if (best !== undefined) next = withFix(next, finding, best);
  }
  return next;
}
export const isApplied = (finding: Finding, fix: Fix): boolean =>
  finding.applied !== null &&
  finding.applied.id === fix.id &&
  JSON.stringify(Object.entries(finding.applied.params).toSorted()) ===
    JSON.stringify(Object.entries(fix.params).toSorted());
/** Errors that still stand in the way. */
export const blocking = (findings: readonly Finding[]): Finding[] =>
  findings.filter((finding) => finding.severity === 'error' && finding.applied === null);
