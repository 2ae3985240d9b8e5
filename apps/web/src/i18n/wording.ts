/** Codes with parameters become sentences: problems, findings, fixes, plan reasons, models. */
import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '../api/client.ts';
import { type Format, useFormat } from '../ui/format.ts';
import { currentLanguage, textOf } from './index.ts';

/** i18next prints what it is given: lists are joined and numbers grouped here. `count` stays a number, it picks the plural. */
export function speakable(params: Record<string, unknown>, format: Format): Record<string, unknown> {
  const spoken: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(params)) {
    if (Array.isArray(value)) spoken[key] = format.list(value.map(String));
    else if (typeof value === 'number' && key !== 'count') spoken[key] = format.number(value, 3);
    else spoken[key] = value ?? '–';
  }
  return spoken;
}

/** Codes among the parameters that have words of their own. */
const CODES: Readonly<Record<string, (code: string) => string>> = {
  model: (id) => `models:${id}.name`,
  status: (status) => `status.${status}`,
  action: (action) => `run.actions.${action}`,
  encoding: (encoding) => `ingest:encodings.${encoding}`,
};

export function createWording(t: TFunction, format: Format) {
  const worded = (params: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(params).map(([name, value]) => {
        const key = Object.hasOwn(CODES, name) ? CODES[name] : undefined;
        return [name, key === undefined || typeof value !== 'string' ? value : textOf(t, key(value), value)];
      }),
    );
  const say = (key: string, fallback: string, params: Record<string, unknown> = {}) =>
    textOf(t, key, fallback, speakable(worded(params), format));
  return {
    problem: (code: string, params: Record<string, unknown> = {}) =>
      say(`problems:${code}`, textOf(t, `problem.${code}`, say('problem.unknown', code, { code }), params), params),
    findingTitle: (code: string, params: Record<string, unknown>) => say(`ingest:findings.${code}.title`, code, params),
    findingText: (code: string, params: Record<string, unknown>) => say(`ingest:findings.${code}.text`, '', params),
    fix: (id: string, params: Record<string, unknown>) => {
      const variant = Object.values(params).map(String).join('_');
      return say(`ingest:fixes.${id}.${variant}`, say(`ingest:fixes.${id}`, id, params), params);
    },
    planReason: (code: string, params: Record<string, unknown>) =>
      say(`plan:reasons.${code}`, code, {
        ...params,
        ...(typeof params['freq'] === 'string' && { freq: freqName(t, params['freq']) }),
      }),
    planProblem: (code: string, params: Record<string, unknown>) => say(`plan:problems.${code}`, code, params),
    model: (id: string) => say(`models:${id}.name`, id),
    modelDescription: (id: string) => say(`models:${id}.description`, ''),
    /** The name of a number that a run has left; one that we have no words for is named as it is stored. */
    figure: (name: string) => say(`figures.${name}`, textOf(t, `metrics.${name}`, name)),
    freq: (freq: string) => freqName(t, freq),
    /** One after the other; Japanese ones need nothing between them. */
    sentences: (parts: readonly string[]) =>
      parts.filter((part) => part !== '').join(currentLanguage() === 'ja' ? '' : ' '),
  };
}
export type Wording = ReturnType<typeof createWording>;

function freqName(t: TFunction, freq: string): string {
  const match = /^(\d*)([A-Za-z]+)/.exec(freq);
  if (match === null) return freq;
  const [, count = '', base = ''] = match;
  const name = textOf(t, `freq.${base}`, '');
  if (name === '') return freq;
  return count === '' || count === '1' ? name : textOf(t, 'freq.every', `${count} ${name}`, { count, name });
}

export function useWording(): Wording {
  const { t } = useTranslation();
  const format = useFormat();
  return useMemo(() => createWording(t, format), [t, format]);
}

export function useProblemText(): (error: unknown) => string {
  const wording = useWording();
  return useMemo(
    () => (error: unknown) =>
      error instanceof ApiProblem ? wording.problem(error.code, error.params) : wording.problem('page_error'),
    [wording],
  );
}
