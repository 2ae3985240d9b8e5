import { Skeleton } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../ui/format.ts';
import { More } from '../../ui/more.tsx';
import { ProblemNote } from '../../ui/notes.tsx';
import { Scroll, Sheet } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';
import { auditInfinite } from './queries.ts';

export function Audit() {
  const { t } = useTranslation();
  const format = useFormat();
  const list = useInfiniteQuery(auditInfinite);
  if (list.error !== null) return <ProblemNote error={list.error} />;
  if (list.isPending) return <Skeleton h={240} />;
  const entries = list.data.pages.flatMap((page) => page.items);
  return (
    <Sheet title={t('admin.audit')} note={t('admin.audit_note')} flush>
      <Scroll label={t('admin.audit')}>
        <Table
          label={t('admin.audit')}
          columns={[
            { title: t('result.time') },
            { title: t('admin.actor') },
            { title: t('admin.action') },
            { title: t('admin.target') },
            { title: t('common.details') },
          ]}
        >
          {entries.map((entry) => (
            <tr key={entry.id}>
              <td className="line">{format.dateTime(entry.at)}</td>
              <td>{entry.actor ?? '–'}</td>
              <td className="mono">{entry.action}</td>
              <td className="mono">{entry.target}</td>
              <td className="mono" style={{ color: 'var(--ink-2)', fontSize: 'var(--text-xs)' }}>
                {Object.keys(entry.details).length === 0 ? '' : JSON.stringify(entry.details)}
              </td>
            </tr>
          ))}
        </Table>
      </Scroll>
      <More list={list} style={{ margin: 16 }} />
    </Sheet>
  );
}
