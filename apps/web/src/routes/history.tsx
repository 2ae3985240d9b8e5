import type { Run } from '@minori/contract';
import { Button, Checkbox, Popover, Select, Skeleton, Switch, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { type RowSelectionState, useTable, type ColumnVisibilityState } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { RUN_KINDS, RUN_STATUSES } from '@minori/contract';
import { runsInfinite } from '../api/queries.ts';
import { BulkBar } from '../features/history/bulk-bar.tsx';
import { features, HIDDEN_AT_FIRST, historyColumns, leastWidth, RIGHT, WIDTHS } from '../features/history/columns.tsx';
import css from '../features/history/history.module.css';
import { allRuns, saveRuns } from '../features/history/export.ts';
import { ViewsMenu } from '../features/history/views-menu.tsx';
import { useProject } from '../features/shell/project.tsx';
import { useProblemText, useWording } from '../i18n/wording.ts';
import { useFormat } from '../ui/format.ts';
import { Icon } from '../ui/icons.tsx';
import { LinkButton } from '../ui/link-button.tsx';
import { Empty, HelpTip, ProblemNote } from '../ui/notes.tsx';
import { Page } from '../ui/page.tsx';
import { toast } from '../ui/toast.tsx';

const STORED = 'minori.history.columns';
const ROW = 34;
const NO_RUNS: Run[] = [];

function storedColumns(): ColumnVisibilityState {
  // On a phone the outcome comes before numbers and origins.
  const atFirst = matchMedia('(max-width: 600px)').matches
    ? { ...HIDDEN_AT_FIRST, id: false, dataset: false, seconds: false }
    : HIDDEN_AT_FIRST;
  try {
    const held: unknown = JSON.parse(localStorage.getItem(STORED) ?? 'null');
    return typeof held === 'object' && held !== null ? (held as ColumnVisibilityState) : atFirst;
  } catch {
    return atFirst;
  }
}

export function HistoryPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const wording = useWording();
  const problem = useProblemText();
  const navigate = useNavigate();
  const search = useSearch({ from: '/shell/history' });
  const projectId = useProject();
  const [text, setText] = useState(search.q ?? '');
  const [q] = useDebouncedValue(text.trim(), 300);
  const change = (part: Partial<Record<'q' | 'kind' | 'track' | 'status' | 'scope', string | null>>) => {
    const next = { ...search, ...part };
    void navigate({
      to: '/history/',
      search: Object.fromEntries(
        Object.entries(next).filter(([, value]) => value !== null && value !== '' && value !== undefined),
      ),
      replace: true,
    });
  };
  useEffect(() => {
    if (q !== (search.q ?? '')) change({ q });
    // Only the typed text leads; the address follows.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [q]);

  const filter = {
    q: search.q,
    kind: search.kind,
    track: search.track,
    status: search.status,
    scope: search.scope,
    project_id: projectId ?? undefined,
  };
  const list = useInfiniteQuery(runsInfinite(filter));
  const runs = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? NO_RUNS, [list.data]);
  const columns = useMemo(() => historyColumns(t, format, wording), [t, format, wording]);
  const [columnVisibility, setColumnVisibility] = useState(storedColumns);
  const [rowSelection, setRowSelection] = useState<RowSelectionState>({});
  useEffect(() => localStorage.setItem(STORED, JSON.stringify(columnVisibility)), [columnVisibility]);
  // What is not in the list any more must not stay selected.
  const conditions = JSON.stringify(filter);
  useEffect(() => setRowSelection({}), [conditions]);
  const table = useTable({
    features,
    columns,
    data: runs,
    getRowId: (run) => String(run.id),
    state: { columnVisibility, rowSelection },
    onColumnVisibilityChange: setColumnVisibility,
    onRowSelectionChange: setRowSelection,
  });
  const { rows } = table.getRowModel();
  const frame = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && lastShown >= rows.length - 20) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, lastShown, rows.length]);

  const saving = useMutation({
    mutationFn: async () => saveRuns(await allRuns(filter)),
    onError: (error) => toast('error', problem(error)),
  });
  const selected = runs.filter((run) => rowSelection[String(run.id)] === true);
  const shownIds = table.getVisibleLeafColumns().map(({ id }) => id);
  const template = shownIds.map((id) => WIDTHS[id] ?? '120px').join(' ');
  const filtered = Boolean(search.q ?? search.kind ?? search.track ?? search.status);

  return (
    <Page
      title={t('history.title')}
      width="wide"
      crumbs={[{ label: t('nav.home'), to: '/' }, { label: t('history.title') }]}
    >
      <div className={css['bar']} role="search">
        <TextInput
          className={css['search'] ?? ''}
          aria-label={t('history.filter')}
          placeholder={t('history.filter_example')}
          leftSection={<Icon name="filter" size={16} />}
          rightSection={<HelpTip label={t('history.filter')}>{t('history.filter_help')}</HelpTip>}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Select
          w={148}
          aria-label={t('history.status')}
          placeholder={t('history.any_status')}
          clearable
          value={search.status ?? null}
          data={RUN_STATUSES.map((value) => ({ value, label: t(`status.${value}`) }))}
          onChange={(status) => change({ status })}
        />
        <Select
          w={132}
          aria-label={t('history.kind')}
          placeholder={t('history.any_kind')}
          clearable
          value={search.kind ?? null}
          data={RUN_KINDS.map((value) => ({ value, label: t(`run_kinds.${value}`) }))}
          onChange={(kind) => change({ kind })}
        />
        <Select
          w={120}
          aria-label={t('history.track')}
          placeholder={t('history.any_track')}
          clearable
          value={search.track ?? null}
          data={(['forecast', 'data'] as const).map((value) => ({ value, label: t(`tracks.${value}`) }))}
          onChange={(track) => change({ track })}
        />
        <Switch
          size="sm"
          label={t('history.parts')}
          checked={search.scope === 'all'}
          onChange={(event) => change({ scope: event.currentTarget.checked ? 'all' : null })}
        />
        <ViewsMenu
          conditions={search}
          columns={columnVisibility}
          onOpen={(view) => {
            setColumnVisibility(view.columns);
            setText(view.conditions.q ?? '');
            void navigate({ to: '/history/', search: view.conditions as typeof search });
          }}
        />
        <Popover position="bottom-end">
          <Popover.Target>
            <Button variant="default" leftSection={<Icon name="columns" size={16} />}>
              {t('history.columns')}
            </Button>
          </Popover.Target>
          <Popover.Dropdown>
            <div style={{ display: 'grid', gap: 8 }}>
              {table
                .getAllLeafColumns()
                .filter((column) => column.getCanHide())
                .map((column) => (
                  <Checkbox
                    key={column.id}
                    label={typeof column.columnDef.header === 'string' ? column.columnDef.header : column.id}
                    checked={column.getIsVisible()}
                    onChange={column.getToggleVisibilityHandler()}
                  />
                ))}
            </div>
          </Popover.Dropdown>
        </Popover>
      </div>
      {list.error !== null && <ProblemNote error={list.error} />}
      {list.isPending && <Skeleton h={320} />}
      {list.isSuccess && rows.length === 0 && (
        <Empty
          icon="history"
          title={filtered ? t('history.none') : t('history.empty')}
          actions={
            filtered ? (
              <Button
                variant="default"
                onClick={() => {
                  setText('');
                  change({ q: null, kind: null, track: null, status: null });
                }}
              >
                {t('history.clear')}
              </Button>
            ) : (
              <LinkButton to="/forecast/new/">{t('forecast.title')}</LinkButton>
            )
          }
        >
          {filtered ? t('history.none_text') : t('history.empty_text')}
        </Empty>
      )}
      {rows.length > 0 && (
        <>
          <div className={css['frame']} ref={frame} tabIndex={0} role="region" aria-label={t('history.title')}>
            <div
              className={css['table']}
              role="table"
              aria-rowcount={hasNextPage ? -1 : rows.length}
              style={{ ['--columns' as string]: template, ['--least' as string]: `${leastWidth(shownIds)}px` }}
            >
              <div role="rowgroup">
                {table.getHeaderGroups().map((group) => (
                  <div key={group.id} role="row" className={css['head']}>
                    {group.headers.map((header) => (
                      <span
                        key={header.id}
                        role="columnheader"
                        aria-label={header.column.id === 'select' ? t('history.select_all') : undefined}
                        className={RIGHT.has(header.column.id) ? (css['num'] ?? '') : ''}
                      >
                        <table.FlexRender header={header} />
                      </span>
                    ))}
                  </div>
                ))}
              </div>
              <div role="rowgroup" style={{ position: 'relative', height: virtual.getTotalSize() }}>
                {items.map((item) => {
                  const row = rows[item.index];
                  if (row === undefined) return null;
                  return (
                    <div
                      key={row.id}
                      role="row"
                      aria-rowindex={item.index + 2}
                      aria-selected={row.getIsSelected()}
                      className={css['row']}
                      style={{ transform: `translateY(${item.start}px)` }}
                    >
                      {row.getVisibleCells().map((cell) => (
                        <span key={cell.id} role="cell" className={RIGHT.has(cell.column.id) ? (css['num'] ?? '') : ''}>
                          <table.FlexRender cell={cell} />
                        </span>
                      ))}
                    </div>
                  );
                })}
              </div>
            </div>
          </div>
          <div className={css['foot']}>
            <span role="status">{t('history.shown', { count: rows.length, shown: format.number(rows.length) })}</span>
            {isFetchingNextPage && <span>{t('common.loading')}</span>}
            <Button size="compact-xs" variant="subtle" loading={saving.isPending} onClick={() => saving.mutate()}>
              {t('history.export')}
            </Button>
          </div>
        </>
      )}
      {selected.length > 0 && <BulkBar selected={selected} onClear={() => setRowSelection({})} />}
    </Page>
  );
}
