import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { systemQuery } from '../../api/queries.ts';
import { useResources } from '../../live/hooks.ts';
import { useFormat } from '../../ui/format.ts';
import { Mark, type MarkTone } from '../../ui/notes.tsx';
import css from './home.module.css';

const TONES: Record<string, MarkTone> = { ok: 'good', starting: 'busy', degraded: 'warn', down: 'bad' };

function Meter({ percent }: { percent: number }) {
  return (
    <div className={css['meter']} aria-hidden="true">
      <i className={percent > 90 ? (css['high'] ?? '') : ''} style={{ width: `${Math.min(100, percent)}%` }} />
    </div>
  );
}

/** Database, engine, queue and machine at a glance; moves with the live snapshots. */
export function StatusStrip() {
  const { t } = useTranslation();
  const format = useFormat();
  const { data } = useQuery(systemQuery);
  const live = useResources(2).at(-1);
  if (data === undefined) return <Skeleton h={64} />;
  const cpu = live?.cpu_percent ?? data.cpu.percent;
  const memory = live?.memory_percent ?? data.memory.percent;
  const disk = data.disk.total_bytes === 0 ? 0 : (1 - data.disk.free_bytes / data.disk.total_bytes) * 100;
  const component = (name: 'database' | 'engine') => (
    <div className={css['cell']}>
      <dt>{t(`system.${name}`)}</dt>
      <dd title={data[name].detail ?? undefined}>
        <Mark tone={TONES[data[name].state] ?? 'calm'}>{t(`system.states.${data[name].state}`)}</Mark>
      </dd>
    </div>
  );
  return (
    <dl className={css['strip']} aria-label={t('system.title')}>
      {component('database')}
      {component('engine')}
      <div className={css['cell']}>
        <dt>{t('system.queue')}</dt>
        <dd>{t('system.queue_value', { running: data.queue.running, waiting: data.queue.waiting })}</dd>
      </div>
      <div className={css['cell']}>
        <dt>{t('resources.cpu', { count: data.cpu.cores })}</dt>
        <dd>{format.number(cpu, 0)}%</dd>
        <Meter percent={cpu} />
      </div>
      <div className={css['cell']}>
        <dt>{t('resources.memory')}</dt>
        <dd>
          {format.number(memory, 0)}% / {format.bytes(data.memory.total_bytes)}
        </dd>
        <Meter percent={memory} />
      </div>
      <div className={css['cell']}>
        <dt>{t('resources.gpu')}</dt>
        <dd>
          {data.gpu === null
            ? t('common.none')
            : `${format.number(live?.gpu_percent ?? data.gpu.percent, 0)}% · ${format.bytes(data.gpu.vram_used_bytes)}`}
        </dd>
        {data.gpu !== null && <Meter percent={live?.gpu_percent ?? data.gpu.percent} />}
      </div>
      <div className={css['cell']}>
        <dt>{t('resources.disk')}</dt>
        <dd>{t('system.free', { size: format.bytes(data.disk.free_bytes) })}</dd>
        <Meter percent={disk} />
      </div>
    </dl>
  );
}
