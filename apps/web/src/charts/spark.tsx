import { useId, useMemo } from 'react';
import { parseDs } from '../ui/format.ts';
import { extent, linear, linePath, minMaxIndexes, padded } from './scale.ts';

interface SparkProps {
  values: readonly (number | null)[];
  width?: number;
  height?: number;
  /** What the line says in words. */
  label: string;
  color?: string;
  dots?: boolean;
}
/** A word-sized line. */
export function Spark({ values, width = 72, height = 20, label, color = 'var(--ink-2)', dots = false }: SparkProps) {
  const x = linear([0, Math.max(1, values.length - 1)], [3, width - 3]);
  const y = linear(padded(extent(values), 0.1), [height - 2, 2]);
  const points = values.map((value, index): [number, number] | null => (value === null ? null : [x(index), y(value)]));
  const last = points.findLast((point) => point !== null);
  return (
    <svg
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={label}
      style={{ display: 'block' }}
    >
      <path d={linePath(points)} fill="none" stroke={color} strokeWidth="1.4" strokeLinejoin="round" />
      {dots && points.map((p) => p !== null && <circle key={p[0]} cx={p[0]} cy={p[1]} r="1.6" fill={color} />)}
      {last !== undefined && last !== null && <circle cx={last[0]} cy={last[1]} r="2.2" fill={color} />}
    </svg>
  );
}

interface SmallSeriesProps {
  ds: readonly string[];
  y: readonly (number | null)[];
  label: string;
  height?: number;
}
/** A series at a glance, drawn to the width it is given. */
export function SmallSeries({ ds, y, label, height = 72 }: SmallSeriesProps) {
  const id = useId();
  const width = 320;
  const { line, area } = useMemo(() => {
    const kept = minMaxIndexes(y, 640);
    const times = kept.map((index) => parseDs(ds[index] ?? ''));
    const xs = linear(extent(times), [1, width - 1]);
    const ys = linear(padded(extent(y)), [height - 2, 4]);
    const points = kept.map((index, i): [number, number] | null => {
      const value = y[index];
      const at = times[i];
      return value === null || value === undefined || at === undefined || Number.isNaN(at) ? null : [xs(at), ys(value)];
    });
    const path = linePath(points);
    const solid = points.every((point) => point !== null);
    const [from, to] = [points[0], points.at(-1)];
    return {
      line: path,
      area: solid && from && to ? `${path}L${to[0].toFixed(1)} ${height}L${from[0].toFixed(1)} ${height}Z` : '',
    };
  }, [ds, y, height]);
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
      style={{ display: 'block', width: '100%', height }}
    >
      <defs>
        <linearGradient id={id} x1="0" x2="0" y1="0" y2="1">
          <stop offset="0" stopColor="var(--accent)" stopOpacity="0.16" />
          <stop offset="1" stopColor="var(--accent)" stopOpacity="0.02" />
        </linearGradient>
      </defs>
      {area !== '' && <path d={area} fill={`url(#${id})`} />}
      <path d={line} fill="none" stroke="var(--accent)" strokeWidth="1.4" vectorEffect="non-scaling-stroke" />
    </svg>
  );
}

interface SmallForecastProps {
  y: readonly (number | null)[];
  forecast: readonly number[];
  low: readonly number[];
  high: readonly number[];
  label: string;
}
/** The end of a history and what is expected of it, without axes. */
export function SmallForecast({ y, forecast, low, high, label }: SmallForecastProps) {
  const [width, height] = [320, 96];
  const tail = y.slice(-Math.max(24, forecast.length * 4));
  const now = tail.length - 1;
  const x = linear([0, now + forecast.length], [2, width - 2]);
  const scale = linear(padded(extent([...tail, ...forecast, ...low, ...high])), [height - 2, 2]);
  const last = tail.at(-1) ?? null;
  const ahead = (values: readonly number[]) =>
    values.map((value, i): [number, number] => [x(now + 1 + i), scale(value)]);
  const anchor: [number, number][] = last === null ? [] : [[x(now), scale(last)]];
  const band = [...anchor, ...ahead(high), ...ahead(low).toReversed()];
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={label}
      style={{ display: 'block', width: '100%', margin: '8px 0' }}
    >
      {low.length > 0 && <path d={`${linePath(band)}Z`} fill="var(--band-inner)" />}
      <path
        d={linePath(tail.map((value, i) => (value === null ? null : [x(i), scale(value)])))}
        fill="none"
        stroke="var(--ink)"
        strokeWidth="1.4"
        strokeLinejoin="round"
      />
      <path
        d={linePath([...anchor, ...ahead(forecast)])}
        fill="none"
        stroke="var(--accent)"
        strokeWidth="2"
        strokeLinejoin="round"
      />
    </svg>
  );
}
