import type { ReactNode } from 'react';
import css from './chart.module.css';

/** A legend entry outside the canvas, so that it wraps and is read aloud. */
export function Key({
  color,
  dashed = false,
  band = false,
  children,
}: {
  color: string;
  dashed?: boolean;
  band?: boolean;
  children: ReactNode;
}) {
  return (
    <span className={css['key']}>
      <svg width="18" height="10" aria-hidden="true">
        {band ? (
          <rect width="18" height="10" rx="2" fill={color} />
        ) : (
          <line
            x1="0"
            x2="18"
            y1="5"
            y2="5"
            stroke={color}
            strokeWidth="2.2"
            {...(dashed ? { strokeDasharray: '5 3' } : {})}
          />
        )}
      </svg>
      {children}
    </span>
  );
}
