import { Skeleton } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../ui/format.ts';
import { More } from '../../ui/more.tsx';
import { ProblemNote } from '../../ui/notes.tsx';
import { Scroll, Sheet } from '../../ui/page.tsx';
import table from '../datasets/datasets.module.css';
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
        <table className={table['table']}>
          <caption className="visually-hidden">{t('admin.audit')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('result.time')}</th>
              <th scope="col">{t('admin.actor')}</th>
              <th scope="col">{t('admin.action')}</th>
              <th scope="col">{t('admin.target')}</th>
              <th scope="col">{t('common.details')}</th>
            </tr>
          </thead>
          <tbody>
            {entries.map((entry) => (
              <tr key={entry.id}>
                <td style={{ whiteSpace: 'nowrap' }}>{format.dateTime(entry.at)}</td>
                <td>{entry.actor ?? '–'}</td>
                <td className="mono">{entry.action}</td>
                <td className="mono">{entry.target}</td>
                <td className="mono" style={{ color: 'var(--ink-2)', fontSize: 'var(--text-xs)' }}>
                  {Object.keys(entry.details).length === 0 ? '' : JSON.stringify(entry.details)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <More list={list} style={{ margin: 16 }} />
    </Sheet>
  );
}
