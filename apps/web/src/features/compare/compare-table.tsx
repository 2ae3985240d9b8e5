import type { ForecastResult, RunDetail } from '@minori/contract';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { textOf } from '../../i18n/index.ts';
import { useWording } from '../../i18n/wording.ts';
import { useFormat } from '../../ui/format.ts';
import { useParameters } from '../runs/parameter.ts';
import { runTitle, StatusMark } from '../runs/status.tsx';
import css from './compare.module.css';
import { bySection, comparable, leastOf, ownOf, parameterRows } from './differences.ts';

export interface Pair {
  detail: RunDetail;
  /** Of a forecast; undefined of any other run, and while it is read. */
  result: ForecastResult | undefined;
}
const METRICS = ['mase', 'smape', 'wql', 'mae', 'rmse'] as const;

/** Runs side by side: by default only the lines in which they part. */
export function CompareTable({ pairs, all }: { pairs: readonly Pair[]; all: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const wording = useWording();
  const parameters = useParameters();
  const runs = pairs.map(({ detail }) => detail.run);
  const line = (
    name: string,
    values: readonly unknown[],
    cells: readonly ReactNode[] = values.map(String),
    least: number | null = null,
  ) => {
    const differs = values.some((value) => JSON.stringify(value) !== JSON.stringify(values[0]));
    if (!differs && !all) return null;
    return (
      <tr key={name} className={differs && all ? (css['differs'] ?? '') : ''}>
        <th scope="row">{name}</th>
        {cells.map((cell, index) => (
          <td key={String(runs[index]?.id)} className={`${css['number']} ${index === least ? css['least'] : ''}`}>
            {cell}
            {index === least && <span className="visually-hidden"> {t('compare.least')}</span>}
          </td>
        ))}
      </tr>
    );
  };
  const group = (title: string, lines: readonly ReactNode[]) =>
    lines.every((shown) => shown === null) ? null : (
      <tbody key={title}>
        <tr>
          <th scope="rowgroup" colSpan={runs.length + 1}>
            {title}
          </th>
        </tr>
        {lines}
      </tbody>
    );
  // Errors that are not measured alike have no smallest.
  const alike = comparable(
    runs,
    pairs.map(({ result }) => result),
  );
  const verdicts = runs.map(({ verdict }) => verdict);
  const best = pairs.map(({ result }) => result?.best?.model ?? null);
  const improvement = pairs.map(({ result }) => {
    const share = result?.verdict?.numbers['improvement'];
    return typeof share === 'number' ? share : null;
  });
  const groups = [
    group(t('compare.result'), [
      line(
        t('history.verdict'),
        verdicts,
        verdicts.map((code) => (code === null ? '–' : textOf(t, `verdicts.${code}`, code))),
      ),
      line(
        t('compare.best'),
        best,
        best.map((model) => (model === null ? '–' : wording.model(model))),
      ),
      line(
        t('compare.improvement'),
        improvement,
        improvement.map((share) => format.percent(share)),
      ),
      ...METRICS.map((metric) => {
        const values = runs.map(({ metrics }) => metrics[metric] ?? null);
        const shown =
          metric === 'smape'
            ? (v: number | null) => format.percent(v, 1)
            : (v: number | null) => (metric === 'mae' || metric === 'rmse' ? format.value(v) : format.fixed(v));
        return values.every((value) => value === null)
          ? null
          : line(t(`metrics.${metric}`), values, values.map(shown), alike ? leastOf(values) : null);
      }),
    ]),
    group(t('compare.data'), [
      line(
        t('compare.dataset'),
        runs.map(({ dataset_id }) => dataset_id),
        runs.map((run) =>
          run.dataset_id === null ? (
            '–'
          ) : (
            <Link key={run.id} to="/datasets/$datasetId/" params={{ datasetId: String(run.dataset_id) }}>
              {run.dataset_name ?? run.dataset_id}
            </Link>
          ),
        ),
      ),
      line(
        t('compare.version'),
        runs.map(({ dataset_id, dataset_version }) => [dataset_id, dataset_version]),
        runs.map(({ dataset_version: version }) => version ?? '–'),
      ),
    ]),
    group(t('compare.effort'), [
      line(
        t('history.status'),
        runs.map(({ status, outcome }) => [status, outcome]),
        runs.map((run) => <StatusMark key={run.id} status={run.status} outcome={run.outcome} />),
      ),
      line(
        t('result.time_used'),
        runs.map(({ active_seconds: seconds }) => seconds),
        runs.map(({ active_seconds: seconds }) => format.seconds(seconds)),
      ),
      line(
        t('result.cpu_used'),
        runs.map(({ cpu_seconds: seconds }) => seconds),
        runs.map(({ cpu_seconds: seconds }) => format.seconds(seconds)),
      ),
      line(
        t('datasets.owner'),
        runs.map(({ owner }) => owner),
      ),
    ]),
    ...bySection(parameterRows(runs)).map(([section, rows]) =>
      group(
        parameters.section(section),
        rows.map(({ name, values }) =>
          line(
            parameters.name(section, name),
            values,
            values.map((value, index) => {
              const own = all ? null : ownOf(values, index);
              if (own === null) return parameters.value(section, name, value);
              const shared = t('compare.shared', { count: own.shared });
              return own.items.length === 0 ? shared : `${parameters.value(section, name, own.items)} (${shared})`;
            }),
          ),
        ),
      ),
    ),
  ];
  return (
    <table className={css['table']}>
      <caption className="visually-hidden">{t('compare.title')}</caption>
      <thead>
        <tr>
          <th scope="col">
            <span className="visually-hidden">{t('compare.what')}</span>
          </th>
          {runs.map((run) => (
            <th key={run.id} scope="col">
              <Link to="/runs/$runId/" params={{ runId: String(run.id) }}>
                {runTitle(run, wording)}
              </Link>
              <span className={css['sub']}>
                #{run.id} · {format.dateTime(run.created_at)}
              </span>
            </th>
          ))}
        </tr>
      </thead>
      {groups}
    </table>
  );
}
