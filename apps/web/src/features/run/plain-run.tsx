import type { Run, RunDetail } from '@minori/contract';
import { Progress } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useWording } from '../../i18n/wording.ts';
import { isMoving } from '../../live/merge.ts';
import { useFormat } from '../../ui/format.ts';
import { Sheet } from '../../ui/page.tsx';
import { runTitle, StatusMark } from '../runs/status.tsx';
import { Configuration } from './dock.tsx';
import { Reproduction } from './reproduction.tsx';
import css from './run.module.css';
import { VerdictBanner } from './verdict-banner.tsx';

/** Only a tree's root has a clock of its own; its parts take from start to end. */
function tookOf(child: Run): number | null {
  if (child.active_seconds > 0) return child.active_seconds;
  if (child.started_at === null || child.finished_at === null) return null;
  return (Date.parse(child.finished_at) - Date.parse(child.started_at)) / 1000;
}

/** A run of any kind: its state, its children, its numbers. */
export function PlainRun({ detail }: { detail: RunDetail }) {
  const { t } = useTranslation();
  const format = useFormat();
  const wording = useWording();
  const { run } = detail;
  const metrics = Object.entries(run.metrics);
  const shown = (name: string, value: number | null) =>
    name === 'bytes' ? format.bytes(value) : name === 'seconds' ? format.seconds(value) : format.number(value, 4);
  return (
    <div className={css['left']}>
      {isMoving(run.status) && (
        <Progress value={Math.round((run.progress ?? 0) * 100)} animated size={6} aria-label={t('run.progress')} />
      )}
      <VerdictBanner run={run} result={undefined} />
      {run.kind === 'reproduce' && run.track === 'forecast' && <Reproduction run={run} />}
      <Sheet title={t('result.made')}>
        <dl className={css['made']}>
          <dt>{t('history.kind')}</dt>
          <dd>{t(`run_kinds.${run.kind}`)}</dd>
          <dt>{t('result.started')}</dt>
          <dd>
            {format.dateTime(run.started_at ?? run.created_at)} · {run.owner}
          </dd>
          <dt>{t('result.time_used')}</dt>
          <dd>{format.seconds(run.active_seconds)}</dd>
          <dt>{t('result.cpu_used')}</dt>
          <dd>{format.seconds(run.cpu_seconds)}</dd>
          {run.dataset_id !== null && (
            <>
              <dt>{t('result.data')}</dt>
              <dd>
                <Link to="/datasets/$datasetId/" params={{ datasetId: String(run.dataset_id) }}>
                  {run.dataset_name ?? run.dataset_id}
                </Link>
              </dd>
            </>
          )}
          {run.root_id !== run.id && (
            <>
              <dt>{t('run.part_of')}</dt>
              <dd>
                <Link to="/runs/$runId/" params={{ runId: String(run.root_id) }}>
                  #{run.root_id}
                </Link>
              </dd>
            </>
          )}
          {metrics.map(([name, value]) => (
            <div key={name} style={{ display: 'contents' }}>
              <dt>{wording.figure(name)}</dt>
              <dd>{shown(name, value)}</dd>
            </div>
          ))}
        </dl>
      </Sheet>
      {Object.keys(run.parameters).length > 0 && (
        <Sheet title={t('dock.configuration')}>
          <Configuration run={run} />
        </Sheet>
      )}
      {detail.children.length > 0 && (
        <Sheet title={t('run.children')} flush>
          <div className={css['scroll']}>
            <table className={css['board']}>
              <caption className="visually-hidden">{t('run.children')}</caption>
              <tbody>
                {detail.children.map((child) => (
                  <tr key={child.id}>
                    <td>
                      <Link to="/runs/$runId/" params={{ runId: String(child.id) }}>
                        {child.name === 'windows' ? t('reproduce.what.windows') : runTitle(child, wording)}
                      </Link>
                    </td>
                    <td>{t(`run_kinds.${child.kind}`)}</td>
                    <td>
                      <StatusMark status={child.status} outcome={child.outcome} />
                    </td>
                    <td className={css['num']}>{format.seconds(tookOf(child))}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </Sheet>
      )}
    </div>
  );
}
