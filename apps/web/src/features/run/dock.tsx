import type { LogLine, ResourceSnapshot, Run } from '@minori/contract';
import { Button, Select, Skeleton, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { logsInfinite, runResourcesQuery } from '../../api/queries.ts';
import { useResources } from '../../live/hooks.ts';
import { useFormat } from '../../ui/format.ts';
import { Icon, type IconName } from '../../ui/icons.tsx';
import { ProblemNote } from '../../ui/notes.tsx';
import { useParameters } from '../runs/parameter.ts';
import css from './run.module.css';

const ResourceStrips = lazy(async () => ({ default: (await import('../../charts/strips.tsx')).ResourceStrips }));

const LEVELS = ['debug', 'info', 'warning', 'error'] as const;
const LEVEL_CLASS: Record<LogLine['level'], string> = {
  debug: '',
  info: '',
  warning: css['logWarning'] ?? '',
  error: css['logError'] ?? '',
};

function Log({ runId, names }: { runId: number; names: ReadonlyMap<number, string> }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [level, setLevel] = useState<string | null>(null);
  const [text, setText] = useState('');
  const [q] = useDebouncedValue(text.trim(), 250);
  const logs = useInfiniteQuery(logsInfinite(runId, level, q));
  const lines = logs.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <div style={{ display: 'flex', gap: 8 }}>
        <TextInput
          size="xs"
          style={{ flex: 1 }}
          aria-label={t('log.filter')}
          placeholder={t('log.filter')}
          leftSection={<Icon name="filter" size={14} />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Select
          size="xs"
          w={140}
          aria-label={t('log.level')}
          placeholder={t('log.any_level')}
          clearable
          value={level}
          data={LEVELS.map((value) => ({ value, label: t(`log.levels.${value}`) }))}
          onChange={setLevel}
        />
      </div>
      {logs.isError && <ProblemNote error={logs.error} />}
      <ol className={css['log']} aria-label={t('log.title')}>
        {lines.map((line) => (
          <li key={line.id}>
            <time dateTime={line.at}>{format.clock(line.at)}</time>
            <span className={LEVEL_CLASS[line.level]}>{t(`log.levels.${line.level}`)}</span>
            <span>{names.get(line.run_id) ?? line.source}</span>
            <span className={LEVEL_CLASS[line.level]}>{line.message}</span>
          </li>
        ))}
      </ol>
      {logs.isSuccess && lines.length === 0 && (
        <p style={{ color: 'var(--ink-2)', fontSize: 'var(--text-sm)' }}>
          {q === '' && level === null ? t('log.empty') : t('log.none')}
        </p>
      )}
      {logs.hasNextPage && (
        <Button
          size="compact-xs"
          variant="default"
          loading={logs.isFetchingNextPage}
          onClick={() => void logs.fetchNextPage()}
        >
          {t('log.older')}
        </Button>
      )}
    </>
  );
}

function Resources({ runId, live }: { runId: number; live: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const recorded = useQuery(runResourcesQuery(runId));
  const now = useResources(240, live);
  const known = recorded.data?.items ?? [];
  const lastKnown = known.at(-1)?.at ?? '';
  const all: readonly ResourceSnapshot[] = live
    ? [...known, ...now.filter((s) => s.at > lastKnown)].slice(-600)
    : known;
  const { summary = {} } = recorded.data ?? {};
  return (
    <Suspense fallback={<Skeleton h={140} />}>
      {!live && all.length === 0 && recorded.isSuccess ? (
        <p style={{ color: 'var(--ink-2)', fontSize: 'var(--text-sm)' }}>{t('resources.none')}</p>
      ) : (
        <ResourceStrips snapshots={all} />
      )}
      {!live && known.length > 0 && (
        <p className="num" style={{ color: 'var(--ink-2)', fontSize: 'var(--text-xs)', marginTop: 8 }}>
          {t('resources.summary', {
            cpu: format.number(summary['cpu_percent_mean'], 0),
            memory: format.bytes(summary['memory_used_bytes_max']),
            count: summary['samples'] ?? 0,
          })}
        </p>
      )}
    </Suspense>
  );
}

export function Configuration({ run }: { run: Run }) {
  const parameters = useParameters();
  return (
    <div className={css['config']}>
      {Object.entries(run.parameters).map(([section, values]) => (
        <section key={section}>
          <h3>{parameters.section(section)}</h3>
          <dl className={css['made']}>
            {Object.entries(values).map(([name, value]) => (
              <div key={name} style={{ display: 'contents' }}>
                {/* As an override from the command line asks for it. */}
                <dt title={`${section}.${name}`}>{parameters.name(section, name)}</dt>
                <dd>{parameters.value(section, name, value)}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}

const TABS = [
  { id: 'resources', icon: 'chip' },
  { id: 'log', icon: 'file' },
  { id: 'configuration', icon: 'admin' },
] as const satisfies readonly { id: string; icon: IconName }[];
type Tab = (typeof TABS)[number]['id'];

interface DockProps {
  run: Run;
  live: boolean;
  names: ReadonlyMap<number, string>;
}
/** The machinery, one click further: a drawer along the bottom of the run page. */
export function Dock({ run, live, names }: DockProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<Tab | null>(null);
  const id = useId();
  return (
    <section className={`${css['dock']} ${open === null ? '' : css['dockOpen']}`} aria-label={t('dock.title')}>
      <div className={css['dockTabs']}>
        <div role="tablist" aria-label={t('dock.title')} style={{ display: 'flex', gap: 4, flex: 1 }}>
          {TABS.map((tab) => (
            <button
              key={tab.id}
              type="button"
              role="tab"
              id={`${id}-${tab.id}`}
              aria-selected={open === tab.id}
              aria-controls={`${id}-panel`}
              className={css['dockTab']}
              onClick={() => setOpen((held) => (held === tab.id ? null : tab.id))}
            >
              <Icon name={tab.icon} size={16} />
              {t(`dock.${tab.id}`)}
            </button>
          ))}
        </div>
        {open !== null && (
          <button type="button" className={css['dockTab']} aria-label={t('dock.close')} onClick={() => setOpen(null)}>
            <Icon name="down" size={16} />
          </button>
        )}
      </div>
      <div
        id={`${id}-panel`}
        role="tabpanel"
        hidden={open === null}
        aria-labelledby={`${id}-${open ?? 'resources'}`}
        tabIndex={0}
        className={css['dockBody']}
      >
        {open === 'resources' && <Resources runId={run.root_id} live={live} />}
        {open === 'log' && <Log runId={run.id} names={names} />}
        {open === 'configuration' && <Configuration run={run} />}
      </div>
    </section>
  );
}
