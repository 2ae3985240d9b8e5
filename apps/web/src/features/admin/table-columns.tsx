import type { AdminRow, AdminTable } from '@minori/contract';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../ui/format.ts';
import { Mark } from '../../ui/notes.tsx';
import type { Column } from '../../ui/table.tsx';

/** What each table shows of a row, and how its heads are called. */
export function useTableColumns(table: AdminTable) {
  const { t } = useTranslation();
  const format = useFormat();
  const created: Column = { title: t('history.created') };
  const theme: Column = { title: t('themes.theme') };
  const pictures: Column = { title: t('themes.pictures'), numeric: true };
  const heads: Record<AdminTable, Column[]> = {
    themes: [
      { title: t('themes.name') },
      { title: t('admin.tables.project') },
      { title: t('admin.tables.owner') },
      { title: t('themes.labels'), numeric: true },
      pictures,
      { title: t('themes.labeled'), numeric: true },
      created,
    ],
    labels: [{ title: t('themes.label') }, theme, pictures, created],
    images: [
      { title: t('themes.file_name') },
      theme,
      { title: t('themes.label') },
      { title: t('themes.split') },
      { title: t('themes.size_of'), numeric: true },
      { title: t('themes.uploaded_by') },
      created,
    ],
    models: [{ title: t('admin.tables.model') }, theme, pictures, created],
  };
  const themeLink = (id: number, name: string, search: { label_id?: number; image?: number } = {}) => (
    <Link to="/theme/$themeId/" params={{ themeId: String(id) }} search={search}>
      {name}
    </Link>
  );
  const num = (value: number) => <td className="num">{format.number(value)}</td>;
  const at = (iso: string) => <td className="line">{format.dateTime(iso)}</td>;
  const cells = (row: AdminRow): ReactNode => {
    switch (row.table) {
      case 'themes':
        return (
          <>
            <td>
              {themeLink(row.id, row.name)}{' '}
              {row.archived_at !== null && <Mark tone="calm">{t('admin.tables.states.archived')}</Mark>}
            </td>
            <td>{row.project}</td>
            <td>{row.owner}</td>
            {num(row.labels)}
            {num(row.images)}
            {num(row.labeled)}
            {at(row.created_at)}
          </>
        );
      case 'labels':
        return (
          <>
            <td>{themeLink(row.theme_id, row.label_name, { label_id: row.id })}</td>
            <td>{themeLink(row.theme_id, row.theme)}</td>
            {num(row.images)}
            {at(row.created_at)}
          </>
        );
      case 'images':
        return (
          <>
            <td>
              {row.deleted_at === null ? themeLink(row.theme_id, row.name, { image: row.id }) : row.name}{' '}
              {row.deleted_at !== null && <Mark tone="calm">{t('admin.tables.states.deleted')}</Mark>}
            </td>
            <td>{themeLink(row.theme_id, row.theme)}</td>
            <td>{row.label ?? '–'}</td>
            <td>{row.split === null ? '–' : t(`themes.splits.${row.split}`)}</td>
            <td className="num">{format.bytes(row.bytes)}</td>
            <td>{row.uploaded_by ?? '–'}</td>
            {at(row.created_at)}
          </>
        );
      case 'models':
        return (
          <>
            <td className="mono">{row.mlflow_run_id}</td>
            <td>{themeLink(row.theme_id, row.theme)}</td>
            {num(row.images)}
            {at(row.created_at)}
          </>
        );
    }
  };
  return { heads: heads[table], cells, nameOf };
}

function nameOf(row: AdminRow): string {
  switch (row.table) {
    case 'labels':
      return `${row.theme} / ${row.label_name}`;
    case 'models':
      return row.mlflow_run_id;
    default:
      return row.name;
  }
}
