import type { VersionDifference } from '@minori/contract';
import { Select, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get } from '../../../api/client.ts';
import { useFormat } from '../../../ui/format.ts';
import { Note, ProblemNote } from '../../../ui/notes.tsx';
import { Scroll } from '../../../ui/page.tsx';
import { Table } from '../../../ui/table.tsx';
import { fileUrl } from '../queries.ts';
import css from './data.module.css';

const COUNTS = ['added', 'removed', 'relabeled', 'moved', 'regrouped', 'same'] as const;
const SHOWN = 50;
type State = NonNullable<VersionDifference['changes'][number]['before']>;

/** What is different in a later version, or by now: numbers first, then picture by picture. */
export function Difference({ themeId, from, others }: { themeId: number; from: number; others: readonly number[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [to, setTo] = useState('now');
  const { data, error } = useQuery({
    queryKey: ['theme', themeId, 'difference', from, to],
    queryFn: ({ signal }) =>
      get<VersionDifference>(
        `/api/v1/themes/${themeId}/versions/${from}/difference`,
        to === 'now' ? {} : { to },
        signal,
      ),
  });
  const said = (state: State | null) =>
    state === null
      ? '–'
      : [
          state.label ?? t('themes.unlabeled'),
          state.split === null ? t('themes.no_split') : t(`themes.splits.${state.split}`),
          ...(state.group === null ? [] : [state.group]),
        ].join(' · ');
  return (
    <section className={css['difference']} aria-label={t('themedata.difference_of', { version: from })}>
      <div className={css['between']}>
        <h3>{t('themedata.difference_of', { version: from })}</h3>
        <Select
          size="xs"
          w={200}
          aria-label={t('themedata.compare_with')}
          allowDeselect={false}
          value={to}
          data={[
            { value: 'now', label: t('themedata.now') },
            ...others.map((version) => ({ value: String(version), label: t('themedata.version_number', { version }) })),
          ]}
          onChange={(next) => setTo(next ?? 'now')}
        />
      </div>
      {error !== null && <ProblemNote error={error} />}
      {data === undefined && error === null && <Skeleton h={96} />}
      {data !== undefined && (
        <>
          {data.changes.length === 0 && <Note tone="good">{t('themedata.no_difference')}</Note>}
          <dl className={css['counts']}>
            {COUNTS.map((count) => (
              <div key={count}>
                <dt>{t(`themedata.counts.${count}`)}</dt>
                <dd>{format.number(data[count])}</dd>
              </div>
            ))}
          </dl>
          {data.changes.length > 0 && (
            <Scroll label={t('themedata.changes')}>
              <Table
                label={t('themedata.changes')}
                columns={[
                  { title: t('themes.picture') },
                  { title: t('themedata.before') },
                  { title: t('themedata.after') },
                ]}
              >
                {data.changes.slice(0, SHOWN).map((change) => (
                  <tr key={change.sha256}>
                    <td>
                      {change.image_id === null ? (
                        <code>{change.sha256.slice(0, 12)}</code>
                      ) : (
                        <Link
                          to="/theme/$themeId/"
                          params={{ themeId: String(themeId) }}
                          search={{ image: change.image_id }}
                          className={css['changed']}
                        >
                          <img src={fileUrl(themeId, change.image_id, 'thumb')} alt="" loading="lazy" />
                          <code>{change.sha256.slice(0, 12)}</code>
                        </Link>
                      )}
                    </td>
                    <td>{change.before === null ? t('themedata.not_there') : said(change.before)}</td>
                    <td>{change.after === null ? t('themedata.taken_out') : said(change.after)}</td>
                  </tr>
                ))}
              </Table>
            </Scroll>
          )}
          {data.changes.length > SHOWN && (
            <p className={css['none']}>{t('themedata.first_changes', { count: SHOWN })}</p>
          )}
        </>
      )}
    </section>
  );
}
