import { Skeleton, Switch } from '@mantine/core';
import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CompareTable } from '../features/compare/compare-table.tsx';
import css from '../features/compare/compare.module.css';
import { comparable, idsOf } from '../features/compare/differences.ts';
import { ForecastsTogether, MethodsTogether } from '../features/compare/forecasts.tsx';
import { MOST_COMPARED, useCompared } from '../features/compare/use-compared.ts';
import { LinkButton } from '../ui/link-button.tsx';
import { Empty, Note, ProblemNote } from '../ui/notes.tsx';
import { Page, Scroll, Sheet } from '../ui/page.tsx';

export function ComparePage() {
  const { t } = useTranslation();
  const { ids: text } = useSearch({ from: '/shell/compare' });
  const ids = idsOf(text, MOST_COMPARED);
  const { pairs, pending, errors } = useCompared(ids);
  const [all, setAll] = useState(false);
  const alike = comparable(
    pairs.map(({ detail }) => detail.run),
    pairs.map(({ result }) => result),
  );
  const forecasts = pairs.filter(({ result }) => result !== undefined);
  return (
    <Page
      title={t('compare.title')}
      width="wide"
      crumbs={[
        { label: t('nav.home'), to: '/' },
        { label: t('nav.history'), to: '/history/' },
        { label: t('compare.title') },
      ]}
      {...(ids.length < 2 ? {} : { lead: t('compare.lead', { count: ids.length }) })}
    >
      <div className={css['grid']}>
        {errors.map((error) => (
          <ProblemNote key={error.message} error={error} />
        ))}
        {ids.length < 2 ? (
          <Empty
            icon="history"
            title={t('compare.none')}
            actions={<LinkButton to="/history/">{t('nav.history')}</LinkButton>}
          >
            {t('compare.none_text')}
          </Empty>
        ) : pending ? (
          <Skeleton h={360} />
        ) : (
          <>
            {!alike && forecasts.length > 1 && (
              <Note tone="warning" title={t('compare.unlike')}>
                {t('compare.unlike_text')}
              </Note>
            )}
            <Sheet
              title={all ? t('compare.everything') : t('compare.differences')}
              flush
              actions={
                <Switch
                  size="sm"
                  label={t('compare.show_all')}
                  checked={all}
                  onChange={(event) => setAll(event.currentTarget.checked)}
                />
              }
            >
              <Scroll label={t('compare.differences')}>
                <CompareTable pairs={pairs} all={all} />
              </Scroll>
            </Sheet>
            <ForecastsTogether pairs={forecasts} />
            {forecasts.length > 1 && <MethodsTogether pairs={forecasts} />}
          </>
        )}
      </div>
    </Page>
  );
}
