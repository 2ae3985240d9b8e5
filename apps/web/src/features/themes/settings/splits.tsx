import type { SplitRun } from '@minori/contract';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { get } from '../../../api/client.ts';
import type { Page } from '../../../api/queries.ts';
import { useFormat } from '../../../ui/format.ts';
import { Scroll, Sheet } from '../../../ui/page.tsx';
import { Table } from '../../../ui/table.tsx';

/** Every split that was made, and every reset with its reason. */
export function Splits({ themeId }: { themeId: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data } = useQuery({
    queryKey: ['theme', themeId, 'splits'],
    queryFn: ({ signal }) => get<Page<SplitRun>>(`/api/v1/themes/${themeId}/splits`, {}, signal),
  });
  if (data === undefined || data.items.length === 0) return null;
  return (
    <Sheet title={t('themes.splits_made')} flush>
      <Scroll label={t('themes.splits_made')}>
        <Table
          label={t('themes.splits_made')}
          columns={[
            { title: t('themes.when') },
            { title: t('themes.who') },
            { title: t('themes.ratios') },
            { title: t('themes.seed'), numeric: true },
            { title: t('themes.newly_assigned'), numeric: true },
            { title: t('themes.reset_reason') },
          ]}
        >
          {data.items.map((run) => (
            <tr key={run.id}>
              <td className="line">{format.dateTime(run.at)}</td>
              <td>{run.by ?? '–'}</td>
              <td>
                {run.reset
                  ? t('themes.was_reset')
                  : [run.train, run.valid, run.test].map((share) => format.percent(share)).join(' / ')}
              </td>
              <td className="num">{run.seed}</td>
              <td className="num">{format.number(run.assigned)}</td>
              <td>{run.reason ?? ''}</td>
            </tr>
          ))}
        </Table>
      </Scroll>
    </Sheet>
  );
}
