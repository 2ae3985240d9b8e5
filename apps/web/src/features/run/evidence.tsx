import type { ForecastResult, ForecastSeries } from '@minori/contract';
import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { ApiProblem } from '../../api/client.ts';
import { arraysQuery } from '../../api/queries.ts';
import { useWording } from '../../i18n/wording.ts';
import { grainOf, useFormat } from '../../ui/format.ts';
import { ProblemNote } from '../../ui/notes.tsx';
import { ImportanceSheet } from './importance.tsx';
import { nameOf } from './leaderboard.tsx';
import { WhatIf } from './what-if-panel.tsx';
import { unpack } from './what-if.ts';
import { Why } from './why.tsx';

interface Props {
  runId: number;
  result: ForecastResult;
  /** The series and the method that the chart above shows. */
  chart: ForecastSeries | undefined;
  series: string;
  model: string;
}
/** What an ended search rests on, and what would be under other rules: both from the backtest itself. */
export function Evidence({ runId, result, chart, series, model }: Props) {
  const format = useFormat();
  const wording = useWording();
  const { data, error } = useQuery(arraysQuery(runId));
  const backtest = useMemo(() => (data === undefined ? null : unpack(data)), [data]);
  const grain = grainOf(result.freq);
  // Nothing was judged: there is nothing to ask about, and the page says so above.
  const nothing = error instanceof ApiProblem && error.code === 'not_judged_yet';
  const row = result.leaderboard.find((held) => held.model === model);
  const name = row === undefined ? wording.model(model) : nameOf(row, wording);
  const windows = chart?.backtest ?? [];
  const origins = backtest?.origins ?? 0;
  const windowNames = Array.from({ length: origins }, (_, origin) => {
    const first = windows.length === origins ? windows[origin]?.ds[0] : undefined;
    return first === undefined ? String(origin + 1) : `${format.ds(first, grain)}–`;
  });
  return (
    <>
      <Why runId={runId} result={result} model={model} name={name} series={series} />
      <ImportanceSheet runId={runId} model={model} name={name} />
      {error !== null && !nothing && <ProblemNote error={error} />}
      {backtest === null && error === null && <Skeleton h={320} mt={16} />}
      {backtest !== null && backtest.models.length > 1 && (
        <WhatIf backtest={backtest} result={result} windowNames={windowNames} />
      )}
    </>
  );
}
