import type { Adjustment } from '@minori/contract';
import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type Grain, useFormat } from '../../ui/format.ts';
import css from './adjust.module.css';

interface Props {
  items: readonly Adjustment[];
  grain: Grain;
  busy: boolean;
  onUndo: (items: readonly Adjustment[]) => void;
}
/** Which numbers of a series are people's own: what the model says, who changed it, when and why. */
export function AdjustedList({ items, grain, busy, onUndo }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <section className={css['list']} aria-label={t('adjust.title')}>
      <div className={css['listHead']}>
        <p>{t('adjust.kept')}</p>
        {items.length > 1 && (
          <Button size="compact-xs" variant="subtle" disabled={busy} onClick={() => onUndo(items)}>
            {t('adjust.undo_all')}
          </Button>
        )}
      </div>
      <ul>
        {items.map((item) => {
          const change =
            item.value === null || item.y_hat === null || item.y_hat === 0 ? null : item.value / item.y_hat - 1;
          return (
            <li key={item.id}>
              <b>{format.ds(item.ds, grain)}</b>
              <span className="num">
                {format.value(item.y_hat)} → <span className={css['own']}>{format.value(item.value)}</span>
                {change !== null && ` (${change > 0 ? '+' : ''}${format.percent(change, 1)})`}
              </span>
              {item.note !== '' && <span>{item.note}</span>}
              <small title={format.dateTime(item.created_at)}>
                {item.author} · {format.ago(item.created_at)}
              </small>
              <Button
                size="compact-xs"
                variant="subtle"
                disabled={busy}
                aria-label={t('adjust.undo_one', { time: format.ds(item.ds, grain) })}
                onClick={() => onUndo([item])}
              >
                {t('adjust.undo')}
              </Button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
