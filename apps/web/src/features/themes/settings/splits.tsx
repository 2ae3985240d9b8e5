import type { SplitRun } from '@minori/contract';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { get } from '../../../api/client.ts';
import type { Page } from '../../../api/queries.ts';
import { useFormat } from '../../../ui/format.ts';
import { Scroll, Sheet } from '../../../ui/page.tsx';
import css from './settings.module.css';

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
        <table className={css['table']}>
          <caption className="visually-hidden">{t('themes.splits_made')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('themes.when')}</th>
              <th scope="col">{t('themes.who')}</th>
              <th scope="col">{t('themes.ratios')}</th>
              <th scope="col" className={css['num']}>
                {t('themes.seed')}
              </th>
              <th scope="col" className={css['num']}>
                {t('themes.newly_assigned')}
              </th>
              <th scope="col">{t('themes.reset_reason')}</th>
            </tr>
          </thead>
          <tbody>
            {data.items.map((run) => (
              <tr key={run.id}>
                <td>{format.dateTime(run.at)}</td>
                <td>{run.by ?? '–'}</td>
                <td>
                  {run.reset
                    ? t('themes.was_reset')
                    : [run.train, run.valid, run.test].map((share) => format.percent(share)).join(' / ')}
                </td>
                <td className={css['num']}>{run.seed}</td>
                <td className={css['num']}>{format.number(run.assigned)}</td>
                <td>{run.reason ?? ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Sheet>
  );
}
