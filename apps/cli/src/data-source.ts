/** Turns what a person names (a file, a dataset's key) into a dataset version on the server. */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import {
  checkAnswer,
  dataset as datasetSchema,
  datasetPage,
  findingCode,
  INGEST_LIMITS,
  upload as uploadSchema,
  type Dataset,
  type Finding,
  type AcceptedFix,
  type Fix,
  type Mapping,
} from '@minori/contract';
import type { Client } from './client.ts';
import { RefusedError, UsageError } from './problems.ts';
import type { Session } from './session.ts';
import type { Texts } from './texts.ts';

export interface DataOptions {
  /** `unique_id=shop,ds=month,y=sales`, or `ds=date,wide=a|b|c`. */
  readonly map?: string;
  /** Accept the recommended fix of every finding that needs one. */
  readonly acceptFixes?: boolean;
  /** `outlier=interpolate`, `gap=zero`: what is to be done about a kind of finding, where the file has it. */
  readonly fix?: readonly string[];
  readonly name?: string;
  readonly runId?: string | undefined;
}

/** Fixing one thing may uncover another; a file that needs more rounds wants a person's eyes. */
const FIX_ROUNDS = 3;

/** `--map` over the server's guess; the guess alone when it is absent. */
export function parseMapping(text: string): Mapping {
  const named = new Map<string, string>();
  for (const part of text.split(',')) {
    const at = part.indexOf('=');
    if (at <= 0) throw new UsageError('map_malformed', { part });
    named.set(part.slice(0, at).trim(), part.slice(at + 1).trim());
  }
  const list = (name: string): string[] => (named.get(name) ?? '').split('|').filter((item) => item !== '');
  for (const name of named.keys()) {
    if (!['unique_id', 'ds', 'y', 'wide', 'exogenous', 'preset'].includes(name))
      throw new UsageError('map_malformed', { part: name });
  }
  const preset = named.get('preset');
  if (preset !== undefined)
    return { kind: 'preset', preset: preset as 'loto6', ds: named.get('ds') === 'date' ? 'date' : 'draw' };
  const ds = list('ds');
  if (ds.length === 0) throw new UsageError('map_malformed', { part: text });
  const wide = list('wide');
  if (wide.length > 0) return { kind: 'wide', ds, series: wide };
  const y = named.get('y');
  if (y === undefined) throw new UsageError('map_malformed', { part: text });
  return { kind: 'long', unique_id: list('unique_id'), ds, y, exogenous: list('exogenous') };
}

/** `--fix` as code -> choice. */
export function parseFixes(fixes: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    fixes.map((text) => {
      const [code = '', choice] = text.split(/=(.*)/s);
      if (choice === undefined || choice === '') throw new UsageError('fix_malformed', { fix: text });
      if (!findingCode.safeParse(code).success)
        throw new UsageError('fix_unknown', { code, codes: findingCode.options.join(', ') });
      return [code, choice];
    }),
  );
}

/** How `--fix` calls it: its settings, else what it is. */
const nameOfFix = ({ id, params }: Fix): string => Object.values(params).map(String).join(':') || id;

/** One line per finding: what, where, how many, and what was done or could be. */
export function wordFinding(texts: Texts, finding: Finding): string {
  const params = {
    ...finding.params,
    count: finding.count,
    column: finding.column ?? '',
    rows: finding.rows,
    series: finding.series,
  };
  const path = (name: string): string[] => ['findings', finding.code, name];
  const one = finding.count === 1 ? texts.word('ingest', path('text_one'), params) : null;
  const text = one ?? texts.word('ingest', path('text'), params) ?? finding.code;
  const where =
    finding.rows.length === 0
      ? ''
      : ` (${texts.say('data.rows', { rows: finding.rows.slice(0, 5).map(String).join(', ') })})`;
  const choices = finding.fixes.map(nameOfFix).join('|');
  const choose = choices === '' ? '' : ` [--fix ${finding.code}=${choices}]`;
  return `${texts.say(`severity.${finding.severity}`)}: ${text}${where}${choose}`;
}

const accept = ({ code, column }: Finding, { id, params }: Fix): AcceptedFix => ({
  code,
  ...(column === null ? {} : { column }),
  id,
  params,
});

function recommendedFixes(findings: readonly Finding[]): AcceptedFix[] {
  return findings.flatMap((finding) => {
    const fix = finding.fixes.find((one) => one.recommended);
    if (finding.severity !== 'error' || finding.applied !== null || fix === undefined) return [];
    return [accept(finding, fix)];
  });
}

/** The fixes that were asked for by name and are not applied yet. */
function wantedFixes(findings: readonly Finding[], wanted: ReadonlyMap<string, string>): AcceptedFix[] {
  return findings.flatMap((finding) => {
    const choice = wanted.get(finding.code);
    if (choice === undefined || finding.fixes.length === 0) return [];
    const fix = finding.fixes.find((one) => nameOfFix(one) === choice);
    if (fix === undefined)
      throw new UsageError('fix_not_offered', {
        code: finding.code,
        choice,
        choices: finding.fixes.map(nameOfFix).join(', '),
      });
    return finding.applied !== null && nameOfFix({ ...finding.applied, recommended: false }) === choice
      ? []
      : [accept(finding, fix)];
  });
}

const unsolved = (finding: Finding): boolean => finding.severity === 'error' && finding.applied === null;

/** Uploads, checks and stores a file; findings go to stderr; exit code 3 when it is refused. */
export async function addFile(
  session: Session,
  client: Client,
  file: string,
  options: DataOptions & { appendTo?: Dataset },
): Promise<Dataset> {
  const { texts } = session;
  const wanted = parseFixes(options.fix ?? []);
  // no upload of ten gigabytes to hear that they are too many
  if (statSync(file).size > INGEST_LIMITS.file_bytes) {
    throw new RefusedError([texts.say('data.too_large', { limit: INGEST_LIMITS.file_bytes / 1024 ** 3 })]);
  }
  session.progress(texts.say('data.uploading', { name: basename(file) }));
  const sent = await client.upload('/api/v1/uploads', file, uploadSchema);
  const mapping = options.map === undefined ? sent.preview.mapping : parseMapping(options.map);
  const fatal = sent.preview.findings.filter(({ severity, fixes }) => severity === 'error' && fixes.length === 0);
  if (fatal.length > 0) throw new RefusedError(fatal.map((finding) => wordFinding(texts, finding)));
  if (mapping === null) throw new RefusedError([texts.say('data.no_mapping')]);

  const fixes: AcceptedFix[] = [];
  let findings: Finding[] = [];
  for (let round = 0; round <= FIX_ROUNDS; round += 1) {
    session.progress(texts.say('data.checking'));
    const body = { mapping, fixes, ...(options.appendTo === undefined ? {} : { append_to: options.appendTo.id }) };
    ({ findings } = await client.post(`/api/v1/uploads/${sent.id}/check`, body, checkAnswer));
    const named = wantedFixes(findings, wanted);
    const rest = findings.filter(({ code }) => !wanted.has(code));
    const more = [...named, ...(options.acceptFixes === true ? recommendedFixes(rest) : [])];
    if (more.length === 0) break;
    fixes.push(...more);
  }
  for (const finding of findings) if (!unsolved(finding)) session.note(wordFinding(texts, finding));
  const open = findings.filter(unsolved);
  if (open.length > 0) {
    const lines = open.map((finding) => wordFinding(texts, finding));
    if (options.acceptFixes !== true && recommendedFixes(open).length > 0) lines.push(texts.say('data.accept_fixes'));
    throw new RefusedError(lines);
  }
  session.progress(texts.say('data.storing'));
  const body = {
    upload_id: sent.id,
    mapping,
    fixes,
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.runId === undefined ? {} : { run_id: options.runId }),
  };
  const path = options.appendTo === undefined ? '/api/v1/datasets' : `/api/v1/datasets/${options.appendTo.id}/versions`;
  return client.post(path, body, datasetSchema);
}

/** A dataset by key, or null. */
export async function findDataset(client: Client, key: string): Promise<Dataset | null> {
  const { items } = await client.get(`/api/v1/datasets?key=${encodeURIComponent(key)}`, datasetPage);
  return items[0] ?? null;
}

/** DATA of a verb: an existing file is added, anything else is a dataset's key. */
export async function openData(session: Session, client: Client, data: string, options: DataOptions): Promise<Dataset> {
  const stat = statSync(data, { throwIfNoEntry: false });
  if (stat?.isFile() === true) return addFile(session, client, data, options);
  if (stat?.isDirectory() === true) throw new UsageError('data_is_folder', { data });
  const found = await findDataset(client, data);
  if (found === null) throw new UsageError('data_not_found', { data });
  return found;
}
