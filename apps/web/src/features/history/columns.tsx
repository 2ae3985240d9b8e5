import type { Run } from '@minori/contract';
import { Checkbox } from '@mantine/core';
import { columnVisibilityFeature, createColumnHelper, rowSelectionFeature, tableFeatures } from '@tanstack/react-table';
import { Link } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { textOf } from '../../i18n/index.ts';
import type { Wording } from '../../i18n/wording.ts';
import type { Format } from '../../ui/format.ts';
import { runTitle, StatusMark } from '../runs/status.tsx';

export const features = tableFeatures({ columnVisibilityFeature, rowSelectionFeature });
const helper = createColumnHelper<typeof features, Run>();

/** Width of each column in CSS grid units. */
export const WIDTHS: Record<string, string> = {
  select: '40px',
  id: '56px',
  name: 'minmax(200px, 2fr)',
  status: '120px',
  kind: '104px',
  dataset: 'minmax(120px, 1fr)',
  mase: '88px',
  smape: '88px',
  verdict: 'minmax(176px, 1fr)',
  seconds: '96px',
  cpu: '96px',
  tags: '140px',
  owner: '104px',
  created: '120px',
  run_id: '196px',
};
/** Below this a row scrolls sideways, in pixels. */
export const leastWidth = (ids: readonly string[]): number =>
  ids.reduce((sum, id) => sum + Number(/\d+/.exec(WIDTHS[id] ?? '120px')?.[0]), 0);
export const RIGHT = new Set(['id', 'mase', 'smape', 'seconds', 'cpu']);
export const HIDDEN_AT_FIRST = { smape: false, cpu: false, tags: false, run_id: false, kind: false, owner: false };

export function historyColumns(t: TFunction, format: Format, wording: Wording) {
  return helper.columns([
    helper.display({
      id: 'select',
      enableHiding: false,
      header: ({ table }) => (
        <Checkbox
          size="xs"
          aria-label={t('history.select_all')}
          checked={table.getIsAllRowsSelected()}
          indeterminate={table.getIsSomeRowsSelected()}
          onChange={table.getToggleAllRowsSelectedHandler()}
        />
      ),
      cell: ({ row }) => (
        <Checkbox
          size="xs"
          aria-label={t('history.select', { name: row.original.name })}
          checked={row.getIsSelected()}
          onChange={row.getToggleSelectedHandler()}
        />
      ),
    }),
    helper.accessor('id', { id: 'id', header: t('history.id') }),
    helper.accessor('name', {
      id: 'name',
      header: t('history.name'),
      enableHiding: false,
      cell: ({ row }) => (
        <Link to="/runs/$runId/" params={{ runId: String(row.original.id) }}>
          {runTitle(row.original, wording)}
        </Link>
      ),
    }),
    helper.accessor('status', {
      id: 'status',
      header: t('history.status'),
      cell: ({ row }) => <StatusMark status={row.original.status} outcome={row.original.outcome} />,
    }),
    helper.accessor('kind', {
      id: 'kind',
      header: t('history.kind'),
      cell: ({ row }) => t(`run_kinds.${row.original.kind}`),
    }),
    helper.accessor('dataset_name', {
      id: 'dataset',
      header: t('history.dataset'),
      cell: ({ row }) => row.original.dataset_name ?? '–',
    }),
    helper.accessor((run) => run.metrics['mase'], {
      id: 'mase',
      header: 'MASE',
      cell: ({ row }) => format.fixed(row.original.metrics['mase']),
    }),
    helper.accessor((run) => run.metrics['smape'], {
      id: 'smape',
      header: 'sMAPE',
      cell: ({ row }) => format.percent(row.original.metrics['smape'], 1),
    }),
    helper.accessor('verdict', {
      id: 'verdict',
      header: t('history.verdict'),
      cell: ({ row }) =>
        row.original.verdict === null ? '–' : textOf(t, `verdicts.${row.original.verdict}`, row.original.verdict),
    }),
    helper.accessor('active_seconds', {
      id: 'seconds',
      header: t('board.cost'),
      cell: ({ row }) => format.seconds(row.original.active_seconds),
    }),
    helper.accessor('cpu_seconds', {
      id: 'cpu',
      header: t('board.cpu'),
      cell: ({ row }) => format.seconds(row.original.cpu_seconds),
    }),
    helper.accessor('tags', { id: 'tags', header: t('history.tags'), cell: ({ row }) => row.original.tags.join(', ') }),
    helper.accessor('owner', { id: 'owner', header: t('datasets.owner') }),
    helper.accessor('created_at', {
      id: 'created',
      header: t('history.created'),
      cell: ({ row }) => (
        <span title={format.dateTime(row.original.created_at)}>{format.ago(row.original.created_at)}</span>
      ),
    }),
    helper.accessor('run_id', {
      id: 'run_id',
      header: 'run_id',
      cell: ({ row }) => <span className="mono">{row.original.run_id}</span>,
    }),
  ]);
}
