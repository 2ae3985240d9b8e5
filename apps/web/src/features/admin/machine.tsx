import { Button, Skeleton } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { problemOf } from '../../api/client.ts';
import { systemQuery } from '../../api/queries.ts';
import { useProblemText } from '../../i18n/wording.ts';
import { useResources } from '../../live/hooks.ts';
import { useFormat } from '../../ui/format.ts';
import { Icon } from '../../ui/icons.tsx';
import { Mark, type MarkTone, Note, ProblemNote } from '../../ui/notes.tsx';
import { Sheet } from '../../ui/page.tsx';
import { saveUrl } from '../../ui/save.ts';
import { toast } from '../../ui/toast.tsx';
import css from './admin.module.css';

const ResourceStrips = lazy(async () => ({ default: (await import('../../charts/strips.tsx')).ResourceStrips }));
const TONES: Record<string, MarkTone> = { ok: 'good', starting: 'busy', degraded: 'warn', down: 'bad' };

async function downloadBackup(): Promise<void> {
  const response = await fetch('/api/v1/system/backup', { method: 'POST', credentials: 'same-origin' });
  if (!response.ok) throw problemOf(response.status, await response.json().catch(() => null));
  const named = /filename="?([^";]+)/.exec(response.headers.get('content-disposition') ?? '')?.[1];
  const url = URL.createObjectURL(await response.blob());
  saveUrl(named ?? `minori-${new Date().toISOString().slice(0, 10)}.backup`, url);
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export function Machine() {
  const { t } = useTranslation();
  const format = useFormat();
  const text = useProblemText();
  const { data, error } = useQuery(systemQuery);
  const snapshots = useResources(300);
  const backup = useMutation({ mutationFn: downloadBackup, onError: (problem) => toast('error', text(problem)) });
  if (error !== null) return <ProblemNote error={error} />;
  if (data === undefined) return <Skeleton h={240} />;
  return (
    <>
      {!data.engine_isolated && (
        <Note tone="warning" title={t('admin.not_isolated')}>
          {t('admin.not_isolated_text')}
        </Note>
      )}
      <Sheet title={t('dock.resources')}>
        <Suspense fallback={<Skeleton h={120} />}>
          <ResourceStrips snapshots={snapshots} />
        </Suspense>
      </Sheet>
      <div className={css['two']}>
        <Sheet title={t('admin.parts')}>
          <dl className={css['facts']}>
            <dt>Minori</dt>
            <dd>
              {data.version} · {t('admin.since', { when: format.dateTime(data.started_at) })}
            </dd>
            {(['database', 'engine'] as const).map((name) => (
              <div key={name} style={{ display: 'contents' }}>
                <dt>{t(`system.${name}`)}</dt>
                <dd>
                  <Mark tone={TONES[data[name].state] ?? 'calm'}>{t(`system.states.${data[name].state}`)}</Mark>{' '}
                  {data[name].version ?? ''}{' '}
                  {data[name].detail !== null && <span style={{ color: 'var(--ink-2)' }}>{data[name].detail}</span>}
                </dd>
              </div>
            ))}
            <dt>{t('system.queue')}</dt>
            <dd>
              {t('system.queue_value', { running: data.queue.running, waiting: data.queue.waiting })} ·{' '}
              {t('admin.slots', { count: data.queue.slots })}
            </dd>
            <dt>{t('resources.gpu')}</dt>
            <dd>{data.gpu === null ? t('resources.no_gpu') : data.gpu.name}</dd>
            <dt>{t('resources.disk')}</dt>
            <dd>
              {t('system.free', { size: format.bytes(data.disk.free_bytes) })} / {format.bytes(data.disk.total_bytes)}
            </dd>
          </dl>
        </Sheet>
        <Sheet title={t('admin.versions')}>
          <dl className={css['facts']}>
            {Object.entries(data.versions).map(([name, version]) => (
              <div key={name} style={{ display: 'contents' }}>
                <dt>{name}</dt>
                <dd className="mono">{version}</dd>
              </div>
            ))}
          </dl>
        </Sheet>
      </div>
      <Sheet title={t('admin.backup')}>
        <p style={{ color: 'var(--ink-2)', fontSize: 'var(--text-sm)', marginBottom: 12 }}>{t('admin.backup_text')}</p>
        <Button
          variant="default"
          leftSection={<Icon name="download" size={16} />}
          loading={backup.isPending}
          onClick={() => backup.mutate()}
        >
          {t('admin.backup_button')}
        </Button>
      </Sheet>
    </>
  );
}
