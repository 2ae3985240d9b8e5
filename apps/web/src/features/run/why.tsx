import type { ForecastResult } from '@minori/contract';
import { diagnose, type Diagnosis } from '@minori/judge';
import { SegmentedControl } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IntervalStrip } from '../../charts/interval-strip.tsx';
import { ResidualHistogram, ResidualsByStep } from '../../charts/residual-charts.tsx';
import { useFormat } from '../../ui/format.ts';
import { HelpTip } from '../../ui/notes.tsx';
import { Sheet } from '../../ui/page.tsx';
import css from './evidence.module.css';
import type { Backtest } from './what-if.ts';

/** In words: does it lean to one side, do errors follow one another, do intervals hold? */
function Findings({ diagnosis }: { diagnosis: Diagnosis }) {
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
  backtest: Backtest;
  result: ForecastResult;
  model: string;
  /** What people call the method. */
  name: string;
  series: string;
}
/** Where the errors of one method lie, over all series or of the one that is shown. */
export function Why({ backtest, result, model, name, series }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const several = backtest.ids.length > 1;
  const [scope, setScope] = useState<'all' | 'one'>('all');
  const index = backtest.ids.indexOf(series);
  const one = several && scope === 'one' && index >= 0 ? index : null;
  const { windows } = backtest;
  const predictions = backtest.models.find((held) => held.model === model)?.predictions ?? null;
  const diagnosis = useMemo(
    () => (windows === null || predictions === null ? null : diagnose(windows, predictions, one)),
    [windows, predictions, one],
  );
  const row = result.leaderboard.find((held) => held.model === model);
  // Where the page does not have the whole backtest, the server's own shares stand in for it.
  const coverage =
    diagnosis?.coverage ??
    result.levels.flatMap((level) => {
      const share = row?.coverage[String(level)] ?? null;
      const interval = row?.coverage_interval[String(level)];
      return share === null || interval === undefined ? [] : [{ level, share, ...interval }];
    });
  if (coverage.length === 0 && diagnosis === null) return null;
  return (
    <Sheet
      title={t('why.title')}
      note={name}
      className={css['after']}
      actions={
        several &&
        diagnosis !== null && (
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
      </div>
    </Sheet>
  );
}
