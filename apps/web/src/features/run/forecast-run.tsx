import type { ForecastResult, RunDetail } from '@minori/contract';
import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '../../api/client.ts';
import { resultQuery, runSeriesQuery } from '../../api/queries.ts';
import { useWording } from '../../i18n/wording.ts';
import { useNow } from '../../live/hooks.ts';
import { hasEnded, isMoving } from '../../live/merge.ts';
import { useFormat } from '../../ui/format.ts';
import { Note, ProblemNote } from '../../ui/notes.tsx';
import { Sheet } from '../../ui/page.tsx';
import { Clock } from './clock.tsx';
import { Files, HowMade } from './how-made.tsx';
import { ErrorTable, Leaderboard } from './leaderboard.tsx';
import { raceOf } from './race.ts';
import css from './run.module.css';
import { SeriesPicker } from './series-picker.tsx';
import { ValuesTable } from './values-table.tsx';
import { VerdictBanner } from './verdict-banner.tsx';

const NO_ROWS: ForecastResult['leaderboard'] = [];

const ForecastChart = lazy(async () => ({ default: (await import('../../charts/forecast-chart.tsx')).ForecastChart }));
const RaceChart = lazy(async () => ({ default: (await import('../../charts/race-chart.tsx')).RaceChart }));

/** Live race and finished result on one page: what is missing while it runs appears when it ends. */
export function ForecastRun({ detail, fetchedAt }: { detail: RunDetail; fetchedAt: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const wording = useWording();
  const { run } = detail;
  const ended = hasEnded(run.status);
  const moving = isMoving(run.status);
  const { data: result, error } = useQuery({ ...resultQuery(run.id), refetchInterval: moving ? 5000 : false });
  const [seriesId, setSeriesId] = useState<string | null>(null);
  const [model, setModel] = useState<string | null>(null);
  const shownSeries = seriesId ?? result?.series[0]?.unique_id ?? null;
  const shownModel = model ?? result?.best?.model ?? null;
  const chart = useQuery({
    ...runSeriesQuery(run.id, shownSeries ?? '', model),
    enabled: shownSeries !== null,
  });
  const now = useNow(moving, 2000);
  const rows = result?.leaderboard ?? NO_ROWS;
  const race = useMemo(() => raceOf(run, detail.children, rows, now), [run, detail.children, rows, now]);
  const none = error instanceof ApiProblem && (error.status === 404 || error.status === 409);

  return (
    <>
      {!ended && <Clock detail={detail} fetchedAt={fetchedAt} />}
      <VerdictBanner run={run} result={result} />
      {error !== null && !none && <ProblemNote error={error} />}
      <div className={css['layout']}>
        <div className={css['left']}>
          <Sheet
            flush
            title={ended ? t('result.forecast') : t('run.best_so_far')}
            {...(shownModel === null ? {} : { note: wording.model(shownModel) })}
            actions={
              <div className={css['chartTools']} style={{ paddingRight: 28 }}>
                {result !== undefined && shownSeries !== null && (
                  <SeriesPicker result={result} value={shownSeries} onChange={setSeriesId} />
                )}
                {model !== null && model !== result?.best?.model && (
                  <Button size="compact-xs" variant="light" onClick={() => setModel(null)}>
                    {t('result.back_to_best')}
                  </Button>
                )}
              </div>
            }
          >
            <div style={{ padding: '0 0 12px' }}>
              {chart.data !== undefined && result !== undefined ? (
                <Suspense fallback={<Skeleton h={400} />}>
                  <ForecastChart data={chart.data} freq={result.freq} live={!ended} height={ended ? 380 : 320} />
                </Suspense>
              ) : chart.error !== null && !(chart.error instanceof ApiProblem && chart.error.status === 404) ? (
                <ProblemNote error={chart.error} />
              ) : ended ? (
                <p style={{ padding: '0 16px', color: 'var(--ink-2)' }}>{t('result.nothing')}</p>
              ) : (
                <div style={{ padding: '0 16px' }}>
                  <Skeleton h={280} />
                  <p style={{ marginTop: 8, fontSize: 'var(--text-sm)', color: 'var(--ink-2)' }}>
                    {t('run.first_soon')}
                  </p>
                </div>
              )}
            </div>
          </Sheet>
          {!ended && (
            <Sheet title={t('race.title')} note={t('race.note')} flush>
              {race.runners.length > 0 ? (
                <Suspense fallback={<Skeleton h={240} />}>
                  <RaceChart race={race} />
                </Suspense>
              ) : (
                <p style={{ padding: '0 16px 16px', fontSize: 'var(--text-sm)', color: 'var(--ink-2)' }}>
                  {t('race.empty')}
                </p>
              )}
            </Sheet>
          )}
          {ended && chart.data !== undefined && result !== undefined && (
            <ValuesTable key={chart.data.unique_id} data={chart.data} freq={result.freq} />
          )}
          {ended && result !== undefined && rows.length > 0 && (
            <Sheet title={t('result.errors')} note={t('result.errors_note')} flush>
              <ErrorTable rows={rows} levels={result.levels} />
            </Sheet>
          )}
          {ended && race.runners.length > 1 && (
            <Sheet title={t('race.title')} note={t('race.note')} flush>
              <Suspense fallback={<Skeleton h={240} />}>
                <RaceChart race={race} />
              </Suspense>
            </Sheet>
          )}
          {ended && result !== undefined && result.series.length > 1 && shownSeries !== null && (
            <Sheet title={t('result.by_series')} note={t('result.by_series_note')} flush>
              <div
                className={`${css['scroll']} ${css['values']}`}
                tabIndex={0}
                role="region"
                aria-label={t('result.by_series')}
              >
                <table className={css['board']}>
                  <caption className="visually-hidden">{t('result.by_series')}</caption>
                  <thead>
                    <tr>
                      <th scope="col">{t('result.series')}</th>
                      <th scope="col" className={css['num']}>
                        MASE
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {result.series.slice(0, 500).map((held) => (
                      <tr key={held.unique_id} className={held.unique_id === shownSeries ? (css['rowOn'] ?? '') : ''}>
                        <td>
                          <button type="button" className={css['model']} onClick={() => setSeriesId(held.unique_id)}>
                            {held.unique_id}
                          </button>
                        </td>
                        <td className={css['num']}>{format.fixed(held.mase)}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            </Sheet>
          )}
        </div>
        <div className={css['right']}>
          <Sheet title={t('board.title')} note={t('board.note')} flush>
            {rows.length > 0 ? (
              <Leaderboard rows={rows} shown={shownModel} onShow={setModel} />
            ) : none || (ended && error === null && result !== undefined) ? (
              <p style={{ padding: '0 16px 16px', fontSize: 'var(--text-sm)', color: 'var(--ink-2)' }}>
                {ended ? t('result.nothing') : t('board.empty')}
              </p>
            ) : (
              <Skeleton h={200} m={16} />
            )}
          </Sheet>
          {ended && result !== undefined && result.files.length > 0 && <Files runId={run.id} files={result.files} />}
          <HowMade detail={detail} result={result} />
          {run.status === 'paused' && <Note tone="info">{t('run.paused_text')}</Note>}
        </div>
      </div>
    </>
  );
}
