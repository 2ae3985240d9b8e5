import { type Diagnostics, ENSEMBLE_MODEL, type ForecastResult } from '@minori/contract';
import { SegmentedControl, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '../../api/client.ts';
import { diagnosticsQuery } from '../../api/queries.ts';
import { IntervalStrip } from '../../charts/interval-strip.tsx';
import { ResidualHistogram, ResidualsByStep } from '../../charts/residual-charts.tsx';
import { useFormat } from '../../ui/format.ts';
import { HelpTip, ProblemNote } from '../../ui/notes.tsx';
import { Sheet } from '../../ui/page.tsx';
import { BlendMembers } from './blend.tsx';
import { Decomposition } from './decomposition.tsx';
import css from './evidence.module.css';

/** In words: does it lean to one side, do errors follow one another, do intervals hold? */
function Findings({ diagnosis }: { diagnosis: Diagnostics }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { residuals, coverage } = diagnosis;
  const typical = residuals.by_step.reduce((sum, { mae, count }) => sum + mae * count, 0) / (residuals.count || 1);
  const lean = typical > 0 ? residuals.bias / typical : 0;
  const amount = Math.abs(residuals.bias);
  const size =
    diagnosis.unit === 'scaled' ? t('why.scaled_size', { size: format.number(amount) }) : format.value(amount);
  const missed = coverage.filter(({ level, high }) => high < level / 100);
  const wide = coverage.filter(({ level, low }) => low > level / 100);
  return (
    <ul className={css['findings']}>
      <li>{Math.abs(lean) < 0.2 ? t('why.no_lean') : t(lean > 0 ? 'why.too_low' : 'why.too_high', { size })}</li>
      {residuals.autocorrelation !== null && residuals.autocorrelation > 0.5 && (
        <li>{t('why.follow', { value: format.number(residuals.autocorrelation) })}</li>
      )}
      <li>
        {missed.length > 0
          ? t('why.narrow', { levels: format.list(missed.map(({ level }) => `${level}%`)) })
          : wide.length > 0
            ? t('why.wide', { levels: format.list(wide.map(({ level }) => `${level}%`)) })
            : t('why.intervals_hold')}
      </li>
    </ul>
  );
}

interface Props {
  runId: number;
  result: ForecastResult;
  model: string;
  /** What people call the method. */
  name: string;
  series: string;
}
/** Where the errors of one method lie, over all series or of the one that is shown. */
export function Why({ runId, result, model, name, series }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const several = result.series.length > 1;
  const [scope, setScope] = useState<'all' | 'one'>('all');
  const asked = useQuery(diagnosticsQuery(runId, model, several && scope === 'one' ? series : null));
  const { error } = asked;
  const diagnosis = error === null ? (asked.data ?? null) : null;
  const row = result.leaderboard.find((held) => held.model === model);
  // A method that was not judged to the end has its shares on the leaderboard at most.
  const coverage =
    diagnosis?.coverage ??
    result.levels.flatMap((level) => {
      const share = row?.coverage[String(level)] ?? null;
      const interval = row?.coverage_interval[String(level)];
      return share === null || interval === undefined ? [] : [{ level, share, ...interval }];
    });
  if (error !== null && !(error instanceof ApiProblem && error.code === 'not_judged_yet'))
    return <ProblemNote error={error} />;
  if (asked.isPending) return <Skeleton h={320} mt={16} />;
  if (coverage.length === 0 && diagnosis === null) return null;
  return (
    <Sheet
      title={t('why.title')}
      note={name}
      className={css['after']}
      actions={
        several && (
          <SegmentedControl
            size="xs"
            aria-label={t('why.scope')}
            value={scope}
            data={[
              { value: 'all', label: t('why.all_series') },
              { value: 'one', label: series },
            ]}
            onChange={(next) => setScope(next === 'one' ? 'one' : 'all')}
          />
        )
      }
    >
      {diagnosis !== null && <Findings diagnosis={diagnosis} />}
      <div className={css['panels']}>
        {diagnosis !== null && diagnosis.residuals.count > 0 && (
          <>
            <section>
              <h3>
                {t('why.by_step')} <HelpTip label={t('why.by_step')}>{t('why.by_step_help')}</HelpTip>
              </h3>
              <p>{t(diagnosis.unit === 'scaled' ? 'why.unit_scaled' : 'why.unit_data')}</p>
              <ResidualsByStep residuals={diagnosis.residuals} />
            </section>
            <section>
              <h3>{t('why.histogram')}</h3>
              <p>
                {t('why.histogram_note', {
                  count: diagnosis.residuals.count,
                  shown: format.number(diagnosis.residuals.count),
                })}
              </p>
              <ResidualHistogram residuals={diagnosis.residuals} />
            </section>
          </>
        )}
        <section>
          <h3>
            {t('why.coverage')} <HelpTip label={t('why.coverage')}>{t('why.coverage_help')}</HelpTip>
          </h3>
          <p>{t('why.coverage_note')}</p>
          <table className={css['shares']}>
            <caption className="visually-hidden">{t('why.coverage')}</caption>
            <thead>
              <tr>
                <th scope="col">{t('why.promised')}</th>
                <th scope="col">{t('why.found')}</th>
                <th scope="col">
                  <span className="visually-hidden">{t('why.picture')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {coverage.map(({ level, share, low, high }) => (
                <tr key={level}>
                  <th scope="row">{level}%</th>
                  <td>
                    <b>{format.percent(share)}</b>{' '}
                    <span>
                      ({format.percent(low)} – {format.percent(high)})
                    </span>
                  </td>
                  <td>
                    <IntervalStrip
                      wanted={level / 100}
                      share={share}
                      low={low}
                      high={high}
                      label={t('why.strip', { level, share: format.percent(share) })}
                    />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {diagnosis !== null && diagnosis.calibration.length > 1 && (
            <>
              <h3>
                {t('why.calibration')} <HelpTip label={t('why.calibration')}>{t('why.calibration_help')}</HelpTip>
              </h3>
              <table className={css['shares']}>
                <caption className="visually-hidden">{t('why.calibration')}</caption>
                <tbody>
                  {diagnosis.calibration.map(({ quantile, share, low, high }) => (
                    <tr key={quantile}>
                      <th scope="row">{format.percent(quantile, 1)}</th>
                      <td>
                        <b>{format.percent(share)}</b>
                      </td>
                      <td>
                        <IntervalStrip
                          wanted={quantile}
                          share={share}
                          low={low}
                          high={high}
                          label={t('why.quantile', {
                            quantile: format.percent(quantile, 1),
                            share: format.percent(share),
                          })}
                        />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </>
          )}
        </section>
        {model === ENSEMBLE_MODEL && result.ensemble !== null && <BlendMembers ensemble={result.ensemble} />}
        {diagnosis?.decomposition && <Decomposition parts={diagnosis.decomposition} freq={result.freq} />}
      </div>
    </Sheet>
  );
}
