import type { Split, ThemeStatistics } from '@minori/contract';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../ui/format.ts';
import { SPLITS } from '../queries.ts';
import css from './docks.module.css';

const HUES: Record<Split, string> = { train: 'var(--series-1)', valid: 'var(--series-5)', test: 'var(--series-4)' };

function Bar({ parts, of }: { parts: readonly { split: Split | 'none'; count: number }[]; of: number }) {
  return (
    <span className={css['bar']} aria-hidden="true">
      {parts.map(({ split, count }) => (
        <i
          key={split}
          data-split={split}
          style={{
            width: `${of === 0 ? 0 : (count / of) * 100}%`,
            background: split === 'none' ? 'var(--line-strong)' : HUES[split],
          }}
        />
      ))}
    </span>
  );
}

/** Counts that follow every label given here or elsewhere. */
export const Statistics = memo(function Statistics({ numbers }: { numbers: ThemeStatistics }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { total, labeled, splits } = numbers;
  const most = Math.max(1, ...numbers.labels.map((label) => label.count));
  const assigned = SPLITS.reduce((sum, split) => sum + splits[split], 0);
  return (
    <section className={css['stats']} aria-label={t('themes.statistics')}>
      <div>
        <div className={css['big']}>
          <b>{format.percent(total === 0 ? 0 : labeled / total)}</b>
          <span>{t('themes.labeled_of', { labeled: format.number(labeled), total: format.number(total) })}</span>
        </div>
        <span
          className={css['progress']}
          role="progressbar"
          aria-label={t('themes.labeled')}
          aria-valuemin={0}
          aria-valuemax={total}
          aria-valuenow={labeled}
        >
          <i style={{ width: `${total === 0 ? 0 : (labeled / total) * 100}%` }} />
        </span>
        <p className={css['hint']}>
          {labeled === total && total > 0
            ? t('themes.all_labeled')
            : t('themes.left_to_label', { count: total - labeled, left: format.number(total - labeled) })}
        </p>
      </div>
      <div>
        <h2>{t('themes.split')}</h2>
        <dl className={css['numbers']}>
          {SPLITS.map((split) => (
            <div key={split}>
              <dt>
                <i className={css['dot']} style={{ background: HUES[split] }} data-split={split} />
                {t(`themes.splits.${split}`)}
              </dt>
              <dd>
                {format.number(splits[split])}
                <small>{assigned === 0 ? '' : format.percent(splits[split] / assigned)}</small>
              </dd>
            </div>
          ))}
          <div>
            <dt>
              <i className={css['dot']} style={{ background: 'var(--line-strong)' }} />
              {t('themes.no_split')}
            </dt>
            <dd>
              {format.number(splits.unassigned)}
              <small />
            </dd>
          </div>
        </dl>
      </div>
      <div>
        <h2>{t('themes.per_label')}</h2>
        <ul className={css['perLabel']}>
          {numbers.labels.map((label) => (
            <li
              key={label.label_id}
              title={SPLITS.map((s) => `${t(`themes.splits.${s}`)} ${format.number(label[s])}`).join(' · ')}
            >
              <span>
                <span className={css['labelName']}>{label.label_name}</span>
                <b>{format.number(label.count)}</b>
              </span>
              <Bar
                of={most}
                parts={[
                  ...SPLITS.map((split) => ({ split, count: label[split] })),
                  { split: 'none' as const, count: label.unassigned },
                ]}
              />
              <span className="visually-hidden">
                {SPLITS.map((s) => `${t(`themes.splits.${s}`)} ${format.number(label[s])}`).join(', ')}
              </span>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
});
