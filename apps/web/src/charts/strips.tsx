import './sane-language.ts';
import 'uplot/dist/uPlot.min.css';
import type { ResourceSnapshot } from '@minori/contract';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import uPlot from 'uplot';
import { useFormat } from '../ui/format.ts';
import css from './chart.module.css';
import { useLook } from './look.ts';

interface StripProps {
  label: string;
  value: string;
  times: readonly number[];
  lines: readonly (readonly (number | null)[])[];
  /** Fixed top of the axis, 100 for percent; absent = as high as the data, never cut at the bottom. */
  top?: number;
}
function Strip({ label, value, times, lines, top }: StripProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const look = useLook();
  const data = useRef<uPlot.AlignedData>([[]]);
  data.current = [times as number[], ...lines.map((line) => line as (number | null)[])];
  useEffect(() => {
    const node = host.current;
    if (node === null) return;
    const colors = [look.accent, look.series[0] ?? look.ink];
    const made = new uPlot(
      {
        width: node.clientWidth,
        height: 48,
        legend: { show: false },
        cursor: { show: false },
        select: { show: false, left: 0, top: 0, width: 0, height: 0 },
        padding: [4, 0, 0, 0],
        axes: [{ show: false }, { show: false }],
        scales: { y: { range: (_plot, _min, max) => [0, top ?? Math.max(max * 1.15, 0.1)] } },
        series: [
          {},
          ...colors.slice(0, lines.length).map((color, index) => ({
            stroke: color,
            width: 1.4,
            ...(index === 0 ? { fill: look.bandOuter } : { dash: [4, 3] }),
            points: { show: false },
            spanGaps: false,
          })),
        ],
      },
      data.current,
      node,
    );
    plot.current = made;
    const resize = new ResizeObserver(() => made.setSize({ width: node.clientWidth, height: 48 }));
    resize.observe(node);
    return () => {
      resize.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [look, lines.length, top]);
  useEffect(() => {
    plot.current?.setData(data.current);
  }, [times, lines]);
  return (
    <div className={css['strip']}>
      <div className={css['stripHead']}>
        <span>{label}</span>
        <b>{value}</b>
      </div>
      <div ref={host} className={css['stripPlot']} role="img" aria-label={`${label} ${value}`} />
    </div>
  );
}

/** CPU, memory, GPU, VRAM, disk and network over the last minutes. */
export function ResourceStrips({ snapshots }: { snapshots: readonly ResourceSnapshot[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const last = snapshots.at(-1);
  const times = snapshots.map((s) => Date.parse(s.at) / 1000);
  if (last === undefined)
    return <p style={{ color: 'var(--ink-2)', fontSize: 'var(--text-sm)' }}>{t('resources.waiting')}</p>;
  const rate = (value: number) => `${format.number(value, 1)} MB/s`;
  return (
    <div className={css['strips']}>
      <Strip
        label={t('resources.cpu', { count: last.cpu_count })}
        value={`${format.number(last.cpu_percent, 0)}%`}
        times={times}
        lines={[snapshots.map((s) => s.cpu_percent)]}
        top={100}
      />
      <Strip
        label={t('resources.memory')}
        value={`${format.bytes(last.memory_used_bytes)} / ${format.bytes(last.memory_used_bytes + last.memory_available_bytes)}`}
        times={times}
        lines={[snapshots.map((s) => s.memory_percent)]}
        top={100}
      />
      {last.gpu_percent !== null && (
        <Strip
          label={t('resources.gpu')}
          value={`${format.number(last.gpu_percent, 0)}%`}
          times={times}
          lines={[snapshots.map((s) => s.gpu_percent)]}
          top={100}
        />
      )}
      {last.vram_percent !== null && (
        <Strip
          label={t('resources.vram')}
          value={format.bytes(last.vram_used_bytes)}
          times={times}
          lines={[snapshots.map((s) => s.vram_percent)]}
          top={100}
        />
      )}
      <Strip
        label={t('resources.disk')}
        value={`↓ ${rate(last.disk_read_mb_s)} ↑ ${rate(last.disk_write_mb_s)}`}
        times={times}
        lines={[snapshots.map((s) => s.disk_read_mb_s), snapshots.map((s) => s.disk_write_mb_s)]}
      />
      <Strip
        label={t('resources.network')}
        value={`↓ ${rate(last.net_recv_mb_s)} ↑ ${rate(last.net_sent_mb_s)}`}
        times={times}
        lines={[snapshots.map((s) => s.net_recv_mb_s), snapshots.map((s) => s.net_sent_mb_s)]}
      />
      {last.gpu_percent === null && (
        <p style={{ color: 'var(--ink-2)', fontSize: 'var(--text-xs)', alignSelf: 'end' }}>{t('resources.no_gpu')}</p>
      )}
    </div>
  );
}
