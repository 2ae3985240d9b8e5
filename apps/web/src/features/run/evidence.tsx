import type { ForecastResult, ForecastSeries } from '@minori/contract';
import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { arraysQuery } from '../../api/queries.ts';
import { useWording } from '../../i18n/wording.ts';
import { grainOf, useFormat } from '../../ui/format.ts';
import { ProblemNote } from '../../ui/notes.tsx';
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
  if (error !== null) return <ProblemNote error={error} />;
  if (backtest === null) return <Skeleton h={320} mt={16} />;
  const row = result.leaderboard.find((held) => held.model === model);
  const windows = chart?.backtest ?? [];
  const windowNames = Array.from({ length: backtest.origins }, (_, origin) => {
    const first = windows.length === backtest.origins ? windows[origin]?.ds[0] : undefined;
    return first === undefined ? String(origin + 1) : `${format.ds(first, grain)}–`;
  });
  return (
    <>
      <Why
        backtest={backtest}
        result={result}
        model={model}
        name={row === undefined ? wording.model(model) : nameOf(row, wording)}
        series={series}
      />
      {backtest.models.length > 1 && <WhatIf backtest={backtest} result={result} windowNames={windowNames} />}
    </>
  );
}
