import type { Run } from '@minori/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { resultQuery, runSeriesQuery } from '../../api/queries.ts';
import { SmallForecast } from '../../charts/spark.tsx';
import { currentLanguage, textOf } from '../../i18n/index.ts';
import { useFormat } from '../../ui/format.ts';
import css from './home.module.css';

/** One finished run and its conclusion; the newest also in its own words and as a small picture. */
export function NewsItem({ run, detailed }: { run: Run; detailed: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const full = detailed && run.track === 'forecast' && run.status === 'succeeded';
  const { data: result } = useQuery({ ...resultQuery(run.id), enabled: full });
  const first = result?.series[0]?.unique_id;
  const { data: series } = useQuery({ ...runSeriesQuery(run.id, first ?? '', null), enabled: first !== undefined });
  const verdict = result?.verdict ?? null;
  const sentence = verdict === null ? null : currentLanguage() === 'ja' ? verdict.text_ja : verdict.text_en;
  return (
    <div className={css['newsItem']}>
      <Link to="/runs/$runId/" params={{ runId: String(run.id) }}>
        {run.name}
      </Link>
      <span>
        {sentence ??
          (run.verdict === null ? t(`status.${run.status}`) : textOf(t, `verdicts.${run.verdict}`, run.verdict))}
      </span>
      {series?.forecast && (
        <SmallForecast
          y={series.history.y}
          forecast={series.forecast.y_hat}
          low={series.forecast.intervals[`lo-${result?.levels.at(-1) ?? ''}`] ?? []}
          high={series.forecast.intervals[`hi-${result?.levels.at(-1) ?? ''}`] ?? []}
          label={t('home.news_picture', { name: series.unique_id })}
        />
      )}
      <small title={format.dateTime(run.finished_at)}>{format.ago(run.finished_at ?? run.created_at)}</small>
    </div>
  );
}
