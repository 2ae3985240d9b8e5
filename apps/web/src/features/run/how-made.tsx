import type { ForecastResult, Run, RunDetail } from '@minori/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { runResourcesQuery } from '../../api/queries.ts';
import { currentLanguage, textOf } from '../../i18n/index.ts';
import { useWording } from '../../i18n/wording.ts';
import { hasEnded } from '../../live/merge.ts';
import { useFormat } from '../../ui/format.ts';
import { Icon } from '../../ui/icons.tsx';
import { Sheet } from '../../ui/page.tsx';
import css from './run.module.css';

/** Where the result comes from, enough to make it again. */
export function HowMade({ detail, result }: { detail: RunDetail; result: ForecastResult | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const wording = useWording();
  const { run } = detail;
  const { data: resources } = useQuery({ ...runResourcesQuery(run.root_id), enabled: hasEnded(run.status) });
  const { summary = {} } = resources ?? {};
  const hash = run.parameters['Data']?.['sha256'];
  return (
    <Sheet title={t('result.made')}>
      <dl className={css['made']}>
        {run.dataset_id !== null && (
          <>
            <dt>{t('result.data')}</dt>
            <dd>
              <Link
                to="/datasets/$datasetId/"
                params={{ datasetId: String(run.dataset_id) }}
                search={run.dataset_version === null ? {} : { version: run.dataset_version }}
              >
                {run.dataset_name ?? run.dataset_id}
              </Link>{' '}
              {run.dataset_version !== null && t('datasets.version', { version: run.dataset_version })}
            </dd>
          </>
        )}
        {result !== undefined && (
          <>
            <dt>{t('forecast.horizon')}</dt>
            <dd>
              {t('forecast.steps', { count: result.horizon })} · {wording.freq(result.freq)}
            </dd>
          </>
        )}
        <dt>{t('result.time_used')}</dt>
        <dd>
          {format.seconds(run.active_seconds)}
          {run.budget_seconds !== null && ` / ${format.seconds(run.budget_seconds)}`}
        </dd>
        <dt>{t('result.cpu_used')}</dt>
        <dd>{format.seconds(run.cpu_seconds)}</dd>
        {typeof summary['cpu_percent_mean'] === 'number' && (
          <>
            <dt>{t('result.machine')}</dt>
            <dd>
              {t('result.machine_value', {
                cpu: format.number(summary['cpu_percent_mean'], 0),
                memory: format.bytes(summary['memory_used_bytes_max']),
              })}
            </dd>
          </>
        )}
        <dt>{t('result.seed')}</dt>
        <dd>{run.seed}</dd>
        <dt>{t('result.started')}</dt>
        <dd>
          {format.dateTime(run.started_at)} · {run.owner}
        </dd>
        {typeof hash === 'string' && (
          <>
            <dt>{t('result.hash')}</dt>
            <dd className="mono" title={hash}>
              {hash.slice(0, 16)}…
            </dd>
          </>
        )}
        <dt>run_id</dt>
        <dd className="mono">{run.run_id}</dd>
        {result !== undefined && result.refresh_of !== null && (
          <>
            <dt>{t('refresh.of')}</dt>
            <dd>
              <Link to="/runs/$runId/" params={{ runId: String(result.refresh_of) }}>
                #{result.refresh_of}
              </Link>
            </dd>
          </>
        )}
      </dl>
    </Sheet>
  );
}

/** The result as files. */
export function Files({ run, files }: { run: Run; files: ForecastResult['files'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Sheet title={t('result.files')}>
      <ul className={css['files']}>
        {files
          .filter((file) => !/^report\.\w+\.html$/.test(file.name))
          .map((file) => {
            // The report is a page in the reader's language; the rest is saved as it is.
            const report = file.media_type === 'text/html';
            const path = `/api/v1/runs/${run.id}/files/${encodeURIComponent(file.name)}`;
            return (
              <li key={file.name}>
                <a
                  {...(report
                    ? { href: `${path}?lang=${currentLanguage()}`, target: '_blank', rel: 'noreferrer' }
                    : { href: path, download: file.name })}
                >
                  <Icon name={report ? 'file' : 'download'} size={16} />
                  <div>
                    {file.name}
                    <small>{textOf(t, `result.file.${file.name.replace('.', '_')}`, '')}</small>
                  </div>
                  <span>{format.bytes(file.bytes)}</span>
                </a>
              </li>
            );
          })}
      </ul>
    </Sheet>
  );
}
