import type { AdminAction, AdminActed, AdminPage, AdminRow, AdminTable } from '@minori/contract';
import { ADMIN_ACTIONS } from '@minori/contract';
import { Button, Checkbox, Select, Skeleton, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, post, withQuery } from '../../api/client.ts';
import { useFormat } from '../../ui/format.ts';
import { Icon } from '../../ui/icons.tsx';
import { More } from '../../ui/more.tsx';
import { Note, ProblemNote } from '../../ui/notes.tsx';
import { Scroll, Sheet } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';
import { ActDialog } from './act-dialog.tsx';
import css from './admin.module.css';
import { useChange } from './queries.ts';
import { Refused } from './refused.tsx';
import { useTableColumns } from './table-columns.tsx';

const STATES = {
  themes: ['active', 'archived'],
  labels: ['used', 'unused'],
  images: ['labeled', 'unlabeled', 'quarantined', 'deleted'],
  models: [],
} as const satisfies Record<AdminTable, readonly string[]>;
const SPLITS = ['train', 'valid', 'test', 'none'] as const;

export const Themes = () => <AdminTableSheet key="themes" table="themes" />;
export const Labels = () => <AdminTableSheet key="labels" table="labels" />;
export const Images = () => <AdminTableSheet key="images" table="images" />;
export const Models = () => <AdminTableSheet key="models" table="models" />;

/** One table across all projects: found, filtered, taken along as CSV, and changed many rows at once. */
function AdminTableSheet({ table }: { table: AdminTable }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { heads, cells, nameOf } = useTableColumns(table);
  const [text, setText] = useState('');
  const [q] = useDebouncedValue(text.trim(), 250);
  const [state, setState] = useState<string | null>(null);
  const [split, setSplit] = useState<string | null>(null);
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [asked, setAsked] = useState<AdminAction | null>(null);
  const [answer, setAnswer] = useState<AdminActed | null>(null);
  const filter = { q, state, split };
  const list = useInfiniteQuery({
    queryKey: ['admin', table, filter],
    queryFn: ({ signal, pageParam }) =>
      get<AdminPage>(`/api/v1/admin/${table}`, { ...filter, limit: 50, cursor: pageParam }, signal),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
  });
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const total = list.data?.pages[0]?.total ?? 0;
  const actions: readonly AdminAction[] = ADMIN_ACTIONS[table];
  const picked = rows.filter(({ id }) => chosen.has(id));
  const act = useChange(
    (wish: { action: AdminAction; owner?: string }) =>
      post<AdminActed>(`/api/v1/admin/${table}/act`, { ids: picked.map(({ id }) => id), ...wish }),
    (done) => {
      setAnswer(done);
      setChosen(new Set());
      setAsked(null);
    },
  );
  const toggle = (row: AdminRow) => {
    const next = new Set(chosen);
    if (!next.delete(row.id)) next.add(row.id);
    setChosen(next);
  };
  const all = rows.length > 0 && picked.length === rows.length;
  return (
    <Sheet
      title={t(`admin.tabs.${table}`)}
      note={t('admin.tables.total', { count: total, shown: format.number(total) })}
      flush
      actions={
        <Button
          component="a"
          size="compact-sm"
          variant="default"
          download
          href={withQuery(`/api/v1/admin/${table}/export`, filter)}
          leftSection={<Icon name="download" size={14} />}
        >
          {t('admin.tables.export')}
        </Button>
      }
    >
      <div className={css['find']} role="search" aria-label={t(`admin.tabs.${table}`)}>
        <TextInput
          size="xs"
          aria-label={t('admin.tables.find')}
          placeholder={t('admin.tables.find')}
          leftSection={<Icon name="search" size={14} />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {STATES[table].length > 0 && (
          <Select
            size="xs"
            w={180}
            aria-label={t('admin.tables.state')}
            placeholder={t('admin.tables.any_state')}
            clearable
            clearButtonProps={{ 'aria-label': t('admin.tables.any_state') }}
            value={state}
            data={STATES[table].map((value) => ({ value, label: t(`admin.tables.states.${value}`) }))}
            onChange={setState}
          />
        )}
        {table === 'images' && (
          <Select
            size="xs"
            w={160}
            aria-label={t('themes.split')}
            placeholder={t('themes.any_split')}
            clearable
            clearButtonProps={{ 'aria-label': t('themes.any_split') }}
            value={split}
            data={SPLITS.map((value) => ({
              value,
              label: value === 'none' ? t('themes.no_split') : t(`themes.splits.${value}`),
            }))}
            onChange={setSplit}
          />
        )}
      </div>
      {list.error !== null && <ProblemNote error={list.error} />}
      {answer !== null && (
        <Note
          tone={answer.refused.length === 0 ? 'good' : 'warning'}
          live
          title={t('admin.tables.done', { count: answer.done })}
          actions={
            <Button size="compact-sm" variant="default" onClick={() => setAnswer(null)}>
              {t('common.close')}
            </Button>
          }
        >
          <Refused refused={answer.refused} />
        </Note>
      )}
      {list.isPending && <Skeleton h={200} m={16} w="auto" />}
      {list.isSuccess && rows.length === 0 && (
        <p className={css['none']}>
          {t(q === '' && state === null && split === null ? `admin.tables.none.${table}` : 'admin.tables.no_match')}
        </p>
      )}
      {rows.length > 0 && (
        <Scroll label={t(`admin.tabs.${table}`)}>
          <Table
            label={t(`admin.tabs.${table}`)}
            columns={[...(actions.length > 0 ? [{ title: t('admin.tables.choose'), quiet: true }] : []), ...heads]}
          >
            {rows.map((row) => (
              <tr key={row.id}>
                {actions.length > 0 && (
                  <td>
                    <Checkbox
                      size="xs"
                      aria-label={t('themes.select_one', { name: nameOf(row) })}
                      checked={chosen.has(row.id)}
                      onChange={() => toggle(row)}
                    />
                  </td>
                )}
                {cells(row)}
              </tr>
            ))}
          </Table>
        </Scroll>
      )}
      <div className={css['foot']}>
        {actions.length > 0 && rows.length > 0 && (
          <>
            <Checkbox
              size="xs"
              label={t('admin.tables.choose_all', { count: rows.length })}
              checked={all}
              indeterminate={picked.length > 0 && !all}
              onChange={() => setChosen(all ? new Set() : new Set(rows.map(({ id }) => id)))}
            />
            {actions.map((action) => (
              <Button
                key={action}
                size="compact-sm"
                variant="default"
                {...(action === 'delete' ? { color: 'red' } : {})}
                disabled={picked.length === 0}
                onClick={() => setAsked(action)}
              >
                {t(`admin.tables.actions.${action}`)}
              </Button>
            ))}
          </>
        )}
        <More list={list} style={{ marginLeft: 'auto' }} />
      </div>
      {asked !== null && (
        <ActDialog
          table={table}
          action={asked}
          names={picked.map(nameOf)}
          busy={act.isPending}
          onAct={(owner) => act.mutate({ action: asked, ...(owner === undefined ? {} : { owner }) })}
          onClose={() => setAsked(null)}
        />
      )}
    </Sheet>
  );
}
