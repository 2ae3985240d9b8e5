import type { ThemeDetail, ThemeVersion } from '@minori/contract';
import { Button, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, post } from '../../../api/client.ts';
import type { Page } from '../../../api/queries.ts';
import { useFormat } from '../../../ui/format.ts';
import { More } from '../../../ui/more.tsx';
import { ProblemNote } from '../../../ui/notes.tsx';
import { Scroll, Sheet } from '../../../ui/page.tsx';
import { Table } from '../../../ui/table.tsx';
import { toast } from '../../../ui/toast.tsx';
import { useThemeChange } from '../settings/use-theme-change.ts';
import css from './data.module.css';
import { Difference } from './difference.tsx';

/** The theme as it was at some time, for ever: named by a hash of every picture, label, split and group. */
export function Versions({ theme }: { theme: ThemeDetail }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [note, setNote] = useState('');
  const [compared, setCompared] = useState<number | null>(null);
  const list = useInfiniteQuery({
    queryKey: ['theme', theme.id, 'versions'],
    queryFn: ({ signal, pageParam }) =>
      get<Page<ThemeVersion>>(`/api/v1/themes/${theme.id}/versions`, { limit: 20, cursor: pageParam }, signal),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  });
  const versions = list.data?.pages.flatMap((page) => page.items) ?? [];
  const make = useThemeChange(
    theme.id,
    () => post<ThemeVersion>(`/api/v1/themes/${theme.id}/versions`, note.trim() === '' ? {} : { note: note.trim() }),
    (made) => {
      setNote('');
      const known = versions.some(({ version }) => version === made.version);
      toast('good', t(known ? 'themedata.version_same' : 'themedata.version_made', { version: made.version }));
    },
  );
  return (
    <Sheet title={t('themedata.versions')} note={t('themedata.versions_note')} flush>
      {list.error !== null && <ProblemNote error={list.error} />}
      {list.isSuccess && versions.length === 0 && <p className={css['none']}>{t('themedata.versions_none')}</p>}
      {versions.length > 0 && (
        <Scroll label={t('themedata.versions')}>
          <Table
            label={t('themedata.versions')}
            columns={[
              { title: t('themedata.version') },
              { title: t('themedata.hash') },
              { title: t('themes.pictures'), numeric: true },
              { title: t('themedata.why') },
              { title: t('themes.who') },
              { title: t('themes.when') },
              { title: t('board.actions'), quiet: true },
            ]}
          >
            {versions.map((one) => (
              <tr key={one.version}>
                <td>{one.version}</td>
                <td className="mono" title={one.sha256}>
                  {one.sha256.slice(0, 12)}
                </td>
                <td className="num">{format.number(one.images)}</td>
                <td>
                  {t(`themedata.reasons.${one.reason}`)}
                  {one.note !== null && <small className={css['noted']}>{one.note}</small>}
                </td>
                <td>{one.created_by ?? '–'}</td>
                <td className="line">{format.dateTime(one.created_at)}</td>
                <td className={css['rowActions']}>
                  <Button
                    size="compact-xs"
                    variant="default"
                    aria-label={t('themedata.compare_of', { version: one.version })}
                    aria-pressed={compared === one.version}
                    onClick={() => setCompared(compared === one.version ? null : one.version)}
                  >
                    {t('themedata.compare')}
                  </Button>
                  <Button
                    component="a"
                    size="compact-xs"
                    variant="default"
                    download
                    aria-label={t('themedata.manifest_of', { version: one.version })}
                    href={`/api/v1/themes/${theme.id}/versions/${one.version}/manifest`}
                  >
                    {t('themedata.manifest')}
                  </Button>
                </td>
              </tr>
            ))}
          </Table>
        </Scroll>
      )}
      <More list={list} style={{ margin: 16 }} />
      {compared !== null && (
        <Difference
          key={compared}
          themeId={theme.id}
          from={compared}
          others={versions.map(({ version }) => version).filter((version) => version > compared)}
        />
      )}
      {theme.role !== 'viewer' && (
        <form
          className={css['make']}
          onSubmit={(event) => {
            event.preventDefault();
            make.mutate(undefined);
          }}
        >
          <TextInput
            label={t('themedata.note')}
            description={t('themes.optional')}
            maxLength={1000}
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
          <Button type="submit" variant="default" loading={make.isPending} disabled={theme.counts.images === 0}>
            {t('themedata.make_version')}
          </Button>
        </form>
      )}
    </Sheet>
  );
}
