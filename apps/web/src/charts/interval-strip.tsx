import { linear } from './scale.ts';

interface Props {
  /** All 0..1: what was promised, what was found, and how far chance alone may move it. */
  wanted: number;
  share: number;
  low: number;
  high: number;
  label: string;
}
/** A share on a line from 0 to 1, its interval as a whisker, the promise as a tick. */
export function IntervalStrip({ wanted, share, low, high, label }: Props) {
  const [width, height] = [180, 20];
  const x = linear([0, 1], [4, width - 4]);
  const kept = wanted >= low && wanted <= high;
  const color = kept ? 'var(--accent)' : 'var(--amber)';
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={label}
      style={{ display: 'block', width: '100%', maxWidth: 260 }}
    >
      <line x1={x(0)} x2={x(1)} y1={height / 2} y2={height / 2} stroke="var(--line-strong)" />
      <line x1={x(low)} x2={x(high)} y1={height / 2} y2={height / 2} stroke={color} strokeWidth="4" opacity="0.45" />
      <line x1={x(wanted)} x2={x(wanted)} y1={2} y2={height - 2} stroke="var(--ink)" strokeWidth="1.6" />
      {kept ? (
        <circle cx={x(share)} cy={height / 2} r="4" fill={color} />
      ) : (
        <path d={`M${x(share)} 5l5 10h-10z`} fill={color} />
      )}
    </svg>
  );
}
