import type { Diagnostics } from '@minori/contract';
import { useTranslation } from 'react-i18next';
import { SmallSeries } from '../../charts/spark.tsx';
import { grainOf, useFormat } from '../../ui/format.ts';
import { HelpTip } from '../../ui/notes.tsx';
import css from './evidence.module.css';

type Parts = NonNullable<Diagnostics['decomposition']>;

/** Trend, season and the rest of one series, one below the other on the same time. */
export function Decomposition({ parts, freq }: { parts: Parts; freq: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const grain = grainOf(freq);
  const lines = [
    { name: t('why.trend'), y: parts.trend, strength: parts.trend_strength },
    { name: t('why.seasonal'), y: parts.seasonal, strength: parts.seasonal_strength },
    { name: t('why.remainder'), y: parts.remainder, strength: null },
  ];
  return (
    <section>
      <h3>
        {t('why.decomposition')} <HelpTip label={t('why.decomposition')}>{t('why.decomposition_help')}</HelpTip>
      </h3>
      <p>
        {format.ds(parts.ds[0] ?? '', grain)} – {format.ds(parts.ds.at(-1) ?? '', grain)}
      </p>
      {lines.map(({ name, y, strength }) => {
        const label = strength === null ? name : t('why.strength', { name, value: format.fixed(strength, 2) });
        return (
          <div key={name} className={css['part']}>
            <span>{label}</span>
            <SmallSeries ds={parts.ds} y={y} label={label} height={56} />
          </div>
        );
      })}
    </section>
  );
}
