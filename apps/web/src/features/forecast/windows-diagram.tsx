import { useTranslation } from 'react-i18next';
import { Key } from '../../charts/key.tsx';
import css from './forecast.module.css';

interface Props {
  /** Points of a typical series. */
  length: number;
  horizon: number;
  origins: number;
}
const WIDTH = 320;
const ROW = 12;

/** How the past is used as an exam: each line trains on the gray part and forecasts the colored one. */
export function WindowsDiagram({ length, horizon, origins }: Props) {
  const { t } = useTranslation();
  const shown = Math.min(origins, 10);
  const skipped = origins - shown;
  // Very long series would squeeze the windows into a hair: their past is cut short in the drawing.
  const past = Math.min(length, horizon * origins * 2.2);
  const scale = WIDTH / (past + horizon);
  const height = (shown + 1) * ROW + 6;
  return (
    <figure style={{ margin: 0 }}>
      <svg
        viewBox={`0 0 ${WIDTH} ${height}`}
        role="img"
        aria-label={t('plan.windows_label', { count: origins, horizon })}
        style={{ display: 'block', width: '100%' }}
      >
        {Array.from({ length: shown }, (_, row) => {
          const end = past - horizon * (origins - 1 - (row + skipped));
          const cutoff = end - horizon;
          return (
            <g key={String(row)} transform={`translate(0 ${row * ROW})`}>
              <rect
                x={0}
                width={Math.max(0, cutoff * scale - 1)}
                height={ROW - 5}
                rx="1.5"
                fill="var(--line-strong)"
                opacity="0.55"
              />
              <rect
                x={cutoff * scale}
                width={Math.max(1.5, horizon * scale - 1)}
                height={ROW - 5}
                rx="1.5"
                fill="var(--series-1)"
              />
            </g>
          );
        })}
        <g transform={`translate(0 ${shown * ROW + 4})`}>
          <rect x={0} width={past * scale - 1} height={ROW - 5} rx="1.5" fill="var(--line-strong)" />
          <rect
            x={past * scale}
            width={Math.max(1.5, horizon * scale)}
            height={ROW - 5}
            rx="1.5"
            fill="var(--accent)"
          />
        </g>
        <line
          x1={past * scale - 0.5}
          x2={past * scale - 0.5}
          y1={0}
          y2={height}
          stroke="var(--line-strong)"
          strokeDasharray="3 3"
        />
      </svg>
      <figcaption className={css['windowKeys']}>
        <Key color="var(--line-strong)" band>
          {t('plan.windows_train')}
        </Key>
        <Key color="var(--series-1)" band>
          {t('plan.windows_test')}
        </Key>
        <Key color="var(--accent)" band>
          {t('plan.windows_forecast')}
        </Key>
      </figcaption>
    </figure>
  );
}
