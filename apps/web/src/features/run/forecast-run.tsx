import type { ForecastResult, RunDetail } from '@minori/contract';
import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '../../api/client.ts';
import { raceQuery, resultQuery, runSeriesQuery } from '../../api/queries.ts';
import { useWording } from '../../i18n/wording.ts';
import { useNow } from '../../live/hooks.ts';
import { hasEnded, isMoving } from '../../live/merge.ts';
import { ProblemNote } from '../../ui/notes.tsx';
import { Sheet } from '../../ui/page.tsx';
import { Clock } from './clock.tsx';
import { Files, HowMade } from './how-made.tsx';
import { ErrorTable, Leaderboard } from './leaderboard.tsx';
import { raceOf } from './race.ts';
import { NextSteps } from './next-steps.tsx';
import { RefreshAdvice } from './refresh-advice.tsx';
import css from './run.module.css';
import { SeriesErrors, SeriesPicker } from './series-picker.tsx';
import { ValuesTable } from './values-table.tsx';
import { VerdictBanner } from './verdict-banner.tsx';

const NO_ROWS: ForecastResult['leaderboard'] = [];

const ForecastChart = lazy(async () => ({ default: (await import('../../charts/forecast-chart.tsx')).ForecastChart }));
// Brings the judge along, and is asked for only when there is something to look into.
const Evidence = lazy(async () => ({ default: (await import('./evidence.tsx')).Evidence }));
const RaceChart = lazy(async () => ({ default: (await import('../../charts/race-chart.tsx')).RaceChart }));

/** Live race and finished result on one page: what is missing while it runs appears when it ends. */
export function ForecastRun({ detail, fetchedAt }: { detail: RunDetail; fetchedAt: number }) {
  const { t } = useTranslation();
  const wording = useWording();
  const { run } = detail;
  const ended = hasEnded(run.status);
  const moving = isMoving(run.status);
  const { data: result, error } = useQuery({ ...resultQuery(run.id), refetchInterval: moving ? 5000 : false });
  const [seriesId, setSeriesId] = useState<string | null>(null);
  const [model, setModel] = useState<string | null>(null);
  // The first one stays: the order of the series changes while the search goes on, the picture must not.
  const [firstSeries, setFirstSeries] = useState<string | null>(null);
  const worst = result?.series[0]?.unique_id ?? null;
  if (firstSeries === null && worst !== null) setFirstSeries(worst);
  const shownSeries = seriesId ?? firstSeries;
  const shownModel = model ?? result?.best?.model ?? null;
  const chart = useQuery({
    ...runSeriesQuery(run.id, shownSeries ?? '', model),
    enabled: shownSeries !== null,
  });
  const now = useNow(moving, 2000);
  const rows = result?.leaderboard ?? NO_ROWS;
  const { data: trials, dataUpdatedAt: trialsAt } = useQuery({
    ...raceQuery(run.id),
    enabled: run.started_at !== null,
  });
  // Between two answers the lines go on with the clock of the page.
  const waited = moving && trialsAt > 0 ? Math.max(0, (now - trialsAt) / 1000) : 0;
  const race = useMemo(() => raceOf(trials, waited), [trials, waited]);
  const counts = useMemo(() => new Map(trials?.items.map(({ model, count }) => [model, count])), [trials]);
  const raceSheet = (
    <Sheet title={t('race.title')} note={t('race.note')} flush>
      {race.runners.length > 0 ? (
        <Suspense fallback={<Skeleton h={240} />}>
          <div style={{ paddingBottom: 12 }}>
            <RaceChart race={race} height={race.runners.length > 8 ? 300 : 240} />
          </div>
        </Suspense>
      ) : (
        <p className={css['quiet']}>{t('race.empty')}</p>
      )}
    </Sheet>
  );
  const none = error instanceof ApiProblem && (error.status === 404 || error.status === 409);

  return (
    <>
      {!ended && <Clock detail={detail} fetchedAt={fetchedAt} />}
      <VerdictBanner run={run} result={result} />
      {ended && result !== undefined && result.refresh_of !== null && <RefreshAdvice run={run} result={result} />}
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
                  <ForecastChart data={chart.data} freq={result.freq} live={!ended} height={ended ? 400 : 320} />
                </Suspense>
              ) : chart.error !== null && !(chart.error instanceof ApiProblem && chart.error.status === 404) ? (
                <ProblemNote error={chart.error} />
              ) : ended && shownSeries === null ? (
                <p className={css['quiet']}>{t('result.nothing')}</p>
              ) : (
                <div style={{ padding: '0 16px' }}>
                  <Skeleton h={280} />
                  {!ended && <p className={css['soon']}>{t('run.first_soon')}</p>}
                </div>
              )}
            </div>
          </Sheet>
          {ended && chart.data !== undefined && result !== undefined && (
            <ValuesTable
              key={chart.data.unique_id}
              runId={run.id}
              data={chart.data}
              freq={result.freq}
              adjustable={run.status === 'succeeded' && chart.data.forecast?.model === result.best?.model}
            />
          )}
          {(!ended || race.runners.length > 1) && raceSheet}
          {ended && result !== undefined && result.series.length > 1 && (
            <SeriesErrors result={result} shown={shownSeries} onShow={setSeriesId} />
          )}
        </div>
        <div className={css['right']}>
          <Sheet title={t('board.title')} note={t('board.note')} flush>
            {rows.length > 0 ? (
              <Leaderboard rows={rows} trials={counts} shown={shownModel} onShow={setModel} />
            ) : none || (error === null && result !== undefined) ? (
              <p className={css['quiet']}>{ended ? t('result.nothing') : t('board.empty')}</p>
            ) : (
              <Skeleton h={200} m={16} w="auto" />
            )}
          </Sheet>
          {ended && result !== undefined && result.files.length > 0 && <Files run={run} files={result.files} />}
          {ended && <NextSteps run={run} result={result} />}
          <HowMade detail={detail} result={result} />
        </div>
      </div>
      {ended && (
        <>
          {result !== undefined && shownSeries !== null && shownModel !== null && (
            <Suspense fallback={<Skeleton h={320} mt={16} />}>
              <Evidence runId={run.id} result={result} chart={chart.data} series={shownSeries} model={shownModel} />
            </Suspense>
          )}
          {result !== undefined && rows.length > 0 && (
            <Sheet title={t('result.errors')} note={t('result.errors_note')} flush className={css['after']}>
              <ErrorTable rows={rows} levels={result.levels} />
            </Sheet>
          )}
        </>
      )}
    </>
  );
}
