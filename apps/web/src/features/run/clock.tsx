import type { RunDetail } from '@minori/contract';
import { Progress } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useNow } from '../../live/hooks.ts';
import { hasEnded, isMoving } from '../../live/merge.ts';
import { useFormat } from '../../ui/format.ts';
import { secondsLeft, shareDone } from '../runs/status.tsx';
import css from './run.module.css';

/** What is being done, how far, how long still. */
export function Clock({ detail, fetchedAt }: { detail: RunDetail; fetchedAt: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { run } = detail;
  const now = useNow(isMoving(run.status), 500);
  const left = secondsLeft(run, fetchedAt, now);
  const share = shareDone(run, left);
  const working = detail.children.filter((child) => child.kind === 'candidate');
  const done = working.filter((child) => hasEnded(child.status)).length;
  return (
    <div className={css['clock']}>
      <Progress
        value={Math.round(share * 100)}
        size={6}
        animated={run.status === 'running'}
        aria-label={t('run.progress')}
      />
      <div className={css['clockRow']}>
        <span role="status">
          {run.status === 'queued'
            ? run.queue_position === null
              ? t('status.queued')
              : t('run.waiting', { position: run.queue_position })
            : run.status === 'paused'
              ? t('run.paused_text')
              : run.status === 'pausing'
                ? t('run.pausing_text')
                : t('run.doing', { done, total: working.length })}
        </span>
        <span className="num">
          {run.status !== 'queued' && left !== null && t('run.time_left', { time: format.seconds(left) })}
        </span>
      </div>
    </div>
  );
}
