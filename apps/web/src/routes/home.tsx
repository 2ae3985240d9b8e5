import { Skeleton } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { activeRunsQuery, datasetsInfinite, meQuery, runsQuery } from '../api/queries.ts';
import { Samples } from '../features/datasets/samples.tsx';
import css from '../features/home/home.module.css';
import { HowItWorks } from '../features/home/how-it-works.tsx';
import { lastVisit } from '../features/home/last-visit.ts';
import { NewsItem } from '../features/home/news-item.tsx';
import { RunRow } from '../features/home/run-row.tsx';
import { StatusStrip } from '../features/home/status-strip.tsx';
import { useProject } from '../features/shell/project.tsx';
import { ThemeList } from '../features/themes/list/theme-list.tsx';
import { EVERY_THEME, themesInfinite } from '../features/themes/queries.ts';
import { hasEnded } from '../live/merge.ts';
import { useFormat } from '../ui/format.ts';
import { Icon } from '../ui/icons.tsx';
import { LinkButton } from '../ui/link-button.tsx';
import { ProblemNote } from '../ui/notes.tsx';
import { Page, Sheet } from '../ui/page.tsx';

export function HomePage() {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const projectId = useProject();
  const [since] = useState(lastVisit);
  const { data: me } = useQuery(meQuery);
  const active = useQuery(activeRunsQuery);
  const recent = useQuery(runsQuery({ kind: 'search', project_id: projectId ?? undefined }, 12));
  const datasets = useInfiniteQuery(datasetsInfinite(projectId));
  const finished = recent.data?.items.filter((run) => hasEnded(run.status)) ?? [];
  const news = finished.filter((run) => run.finished_at !== null && Date.parse(run.finished_at) > since).slice(0, 4);
  const known = datasets.data?.pages.flatMap((page) => page.items).slice(0, 6) ?? [];
  const empty = recent.isSuccess && recent.data.items.length === 0;

  const themes = useInfiniteQuery(themesInfinite({ ...EVERY_THEME, project_id: projectId ?? undefined }));
  // Who has only sorted pictures so far comes for the themes, and not for the way into forecasting.
  const sorting = empty && (themes.data?.pages[0]?.items.length ?? 0) > 0;
  const themeList = (
    <div id="themes" className={css['themes']}>
      <ThemeList projectId={projectId} />
    </div>
  );

  return (
    <Page
      title={t('home.title')}
      heading={me === undefined ? t('home.title') : t('home.hello', { name: me.user.username })}
    >
      {sorting && themeList}
      <div className={css['hero']}>
        <section className={css['start']} aria-labelledby="start">
          <h2 id="start">{t('home.start')}</h2>
          <p>{t('home.start_text')}</p>
          <div className={css['startRow']}>
            <LinkButton to="/forecast/new/" size="md" leftSection={<Icon name="upload" size={16} />}>
              {t('home.start_button')}
            </LinkButton>
            <LinkButton to="/theme/create/" size="md" variant="default" leftSection={<Icon name="picture" size={16} />}>
              {t('home.start_pictures')}
            </LinkButton>
          </div>
          <h3 style={{ marginTop: 8 }}>{t('home.samples')}</h3>
          <Samples
            projectId={projectId}
            onDataset={(dataset) => void navigate({ to: '/forecast/new/', search: { dataset: dataset.id } })}
          />
        </section>
        <Sheet title={empty ? t('home.how_title') : t('home.news')}>
          {recent.isPending ? (
            <Skeleton h={120} />
          ) : recent.error !== null ? (
            <ProblemNote error={recent.error} />
          ) : empty ? (
            <HowItWorks />
          ) : news.length === 0 ? (
            <p style={{ color: 'var(--ink-2)', fontSize: 'var(--text-sm)' }}>{t('home.news_none')}</p>
          ) : (
            <div className={css['news']}>
              {news.map((run, index) => (
                <NewsItem key={run.id} run={run} detailed={index === 0} />
              ))}
            </div>
          )}
        </Sheet>
      </div>
      {!sorting && themeList}
      <StatusStrip />
      <div className={css['lists']}>
        <div style={{ display: 'grid', gap: 16 }}>
          {(active.data?.length ?? 0) > 0 && (
            <Sheet title={t('tray.title')} flush>
              <ul className={css['list']}>
                {active.data?.map((run) => (
                  <RunRow key={run.id} run={run} />
                ))}
              </ul>
            </Sheet>
          )}
          <Sheet
            title={t('home.recent')}
            flush
            actions={
              <Link to="/history/" style={{ fontSize: 'var(--text-xs)' }}>
                {t('home.all_runs')}
              </Link>
            }
          >
            {recent.isPending && <Skeleton h={160} m={16} w="auto" />}
            {empty && (
              <p style={{ padding: '0 16px 16px', color: 'var(--ink-2)', fontSize: 'var(--text-sm)' }}>
                {t('home.recent_none')}
              </p>
            )}
            <ul className={css['list']}>
              {finished.slice(0, 8).map((run) => (
                <RunRow key={run.id} run={run} />
              ))}
            </ul>
          </Sheet>
        </div>
        <Sheet
          title={t('nav.data')}
          flush
          actions={
            <Link to="/datasets/" style={{ fontSize: 'var(--text-xs)' }}>
              {t('home.all_data')}
            </Link>
          }
        >
          {datasets.isSuccess && known.length === 0 && (
            <p style={{ padding: '0 16px 16px', color: 'var(--ink-2)', fontSize: 'var(--text-sm)' }}>
              {t('home.data_none')}
            </p>
          )}
          <ul className={css['list']}>
            {known.map((dataset) => (
              <li key={dataset.id} className={css['row']}>
                <div>
                  <Link to="/datasets/$datasetId/" params={{ datasetId: String(dataset.id) }}>
                    {dataset.name}
                  </Link>
                  <small>
                    {t('home.data_line', {
                      series: format.number(dataset.latest.series),
                      rows: format.number(dataset.latest.rows),
                    })}
                  </small>
                </div>
                <span className={css['rowEnd']}>{format.ago(dataset.latest.created_at)}</span>
              </li>
            ))}
          </ul>
        </Sheet>
      </div>
    </Page>
  );
}
