import type { ReactNode } from 'react';
import css from './table.module.css';

export interface Column {
  readonly title: string;
  readonly numeric?: boolean;
  /** For ears only: a column of buttons. */
  readonly quiet?: boolean;
  /** Beside the title. */
  readonly help?: ReactNode;
}

/** A plain table: its name, its heads, its rows. Cells are marked `num` (aligned as numbers) or `line` (never broken). */
export function Table({
  label,
  columns,
  dense = false,
  children,
}: {
  label: string;
  columns: readonly Column[];
  /** Many short rows. */
  dense?: boolean;
  children: ReactNode;
}) {
  return (
    <table className={css['table']} data-dense={dense || undefined}>
      <caption className="visually-hidden">{label}</caption>
      <thead>
        <tr>
          {columns.map(({ title, numeric = false, quiet = false, help }) => (
            <th key={title} scope="col" {...(numeric ? { className: 'num' } : {})}>
              {quiet ? <span className="visually-hidden">{title}</span> : title}
              {help !== undefined && <> {help}</>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}
