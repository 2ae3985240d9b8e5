import { useElementSize } from '@mantine/hooks';
import { type PointerEvent, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { extent, linear, linePath, padded } from '../../charts/scale.ts';
import { useFormat } from '../../ui/format.ts';
import { reach } from './defaults.ts';
import css from './forecast.module.css';

interface Props {
  /** The series' values, oldest first. */
  y: readonly (number | null)[];
  /** Points of the longest series; `y` may be only the end of it. */
  length: number;
  horizon: number;
  onChange: (horizon: number) => void;
}
const HEIGHT = 150;

/** The end of the series and the stretch to be forecast; the edge can be dragged or moved by arrow keys. */
export function HorizonPicker({ y, length, horizon, onChange }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const { ref: box, width: measured } = useElementSize<HTMLDivElement>();
  // Drawn at its real size, so that the letters stay letters on a phone.
  const width = measured || 640;
  const max = Math.max(horizon, reach(length));
  // Enough history to see the shape, enough empty paper to drag into.
  const ahead = Math.max(Math.min(max, Math.ceil(horizon * 1.6)), 6, horizon);
  const tail = useMemo(() => y.slice(-Math.max(36, ahead * 3)), [y, ahead]);
  const x = linear([0, tail.length - 1 + ahead], [6, width - 6]);
  const scaleY = linear(padded(extent(tail), 0.12), [HEIGHT - 18, 8]);
  const path = useMemo(
    () => linePath(tail.map((value, index) => (value === null ? null : ([x(index), scaleY(value)] as const)))),
    [tail, x, scaleY],
  );
  const now = x(tail.length - 1);
  const edge = x(tail.length - 1 + horizon);
  const set = (value: number) => onChange(Math.max(1, Math.min(max, Math.round(value))));
  const drag = (event: PointerEvent<SVGSVGElement>) => {
    if (event.buttons === 0) return;
    const frame = event.currentTarget.getBoundingClientRect();
    const at = ((event.clientX - frame.left) / frame.width) * width;
    set((at - now) / (x(1) - x(0) || 1));
  };
  return (
    <div className={css['pickerFrame']}>
      <div ref={box}>
        <svg
          className={css['picker']}
          viewBox={`0 0 ${width} ${HEIGHT}`}
          height={HEIGHT}
          role="slider"
          tabIndex={0}
          aria-label={t('forecast.horizon_drag')}
          aria-valuemin={1}
          aria-valuemax={max}
          aria-valuenow={horizon}
          aria-valuetext={t('forecast.steps', { count: horizon })}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            drag(event);
          }}
          onPointerMove={drag}
          onKeyDown={(event) => {
            const step: Record<string, number> = {
              ArrowRight: 1,
              ArrowUp: 1,
              ArrowLeft: -1,
              ArrowDown: -1,
              PageUp: 6,
              PageDown: -6,
            };
            const move = step[event.key];
            if (move === undefined) return;
            event.preventDefault();
            set(horizon + move);
          }}
        >
          {tail.length > 0 && (
            <>
              <rect x={now} y={0} width={Math.max(0, edge - now)} height={HEIGHT - 14} fill="var(--band-outer)" />
              <line x1={now} x2={now} y1={0} y2={HEIGHT - 14} stroke="var(--line-strong)" strokeDasharray="3 3" />
              <path d={path} fill="none" stroke="var(--ink)" strokeWidth="1.6" strokeLinejoin="round" />
              <line x1={edge} x2={edge} y1={0} y2={HEIGHT - 14} stroke="var(--accent)" strokeWidth="2" />
              <rect x={edge - 5} y={(HEIGHT - 14) / 2 - 14} width="10" height="28" rx="4" fill="var(--accent)" />
              <text x={now - 6} y={12} fontSize="11" textAnchor="end" fill="var(--ink-2)">
                {t('chart.today')}
              </text>
              <text x={now + 6} y={HEIGHT - 2} fontSize="11" fontWeight="600" fill="var(--accent-ink)">
                {t('forecast.steps', { count: horizon })}
              </text>
            </>
          )}
        </svg>
      </div>
      <div className={css['pickerNote']}>
        <span>{t('forecast.drag_hint')}</span>
        <span className="num">{t('forecast.points', { count: length, shown: format.number(length) })}</span>
      </div>
    </div>
  );
}
