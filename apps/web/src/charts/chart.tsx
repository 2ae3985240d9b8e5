import { ActionIcon, Menu, Skeleton } from '@mantine/core';
import type { EChartsCoreOption, EChartsType } from 'echarts/core';
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '../ui/icons.tsx';
import { saveText, saveUrl } from '../ui/save.ts';
import css from './chart.module.css';
import { toCsv } from './scale.ts';

type Cells = readonly (readonly (string | number | null | undefined)[])[];
interface ChartProps {
  option: EChartsCoreOption;
  height: number;
  /** File name of exports, without its ending. */
  name: string;
  /** The chart in one or two sentences, for those who do not see it. */
  summary: string;
  /** The numbers behind the picture, header first. */
  table: () => Cells;
  /** Points of the main series, so that arrow keys can walk along it. */
  points?: number;
  caption?: ReactNode;
}

/** Draws an ECharts option; resizes, exports, and answers to the keyboard. */
export function Chart({ option, height, name, summary, table, points = 0, caption }: ChartProps) {
  const { t } = useTranslation();
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | null>(null);
  const latest = useRef(option);
  const at = useRef(-1);
  const [ready, setReady] = useState(false);
  const described = useId();
  latest.current = option;

  useEffect(() => {
    const node = host.current;
    if (node === null) return;
    let gone = false;
    const resize = new ResizeObserver(() => chart.current?.resize());
    void import('./echarts.ts').then(({ init }) => {
      if (gone) return;
      chart.current = init(node, undefined, { renderer: 'canvas', locale: 'EN' });
      chart.current.setOption(latest.current);
      resize.observe(node);
      setReady(true);
    });
    return () => {
      gone = true;
      resize.disconnect();
      chart.current?.dispose();
      chart.current = null;
    };
  }, []);
  useEffect(() => {
    const held = chart.current;
    if (held === null) return;
    // The reader's zoom survives new data.
    const zoom = held.getOption()['dataZoom'];
    held.setOption(option, { notMerge: true });
    if (Array.isArray(zoom))
      for (const [index, { start, end }] of zoom.entries())
        held.dispatchAction({ type: 'dataZoom', dataZoomIndex: index, start, end });
  }, [option]);

  const walk = (step: number) => {
    if (points === 0) return;
    at.current = Math.max(0, Math.min(points - 1, at.current < 0 ? (step > 0 ? 0 : points - 1) : at.current + step));
    chart.current?.dispatchAction({ type: 'showTip', seriesIndex: 0, dataIndex: at.current });
  };
  const exportSvg = () => {
    const node = host.current;
    if (node === null) return;
    void import('./echarts.ts').then(({ init }) => {
      const still = init(null, undefined, { renderer: 'svg', ssr: true, width: node.clientWidth, height });
      still.setOption({ ...latest.current, animation: false });
      saveText(`${name}.svg`, still.renderToSVGString(), 'image/svg+xml');
      still.dispose();
    });
  };
  const exportPng = () => {
    const background = getComputedStyle(document.documentElement).getPropertyValue('--surface').trim();
    const url = chart.current?.getDataURL({ type: 'png', pixelRatio: 2, backgroundColor: background });
    if (url !== undefined) saveUrl(`${name}.png`, url);
  };

  return (
    <figure className={css['figure']}>
      <div className={css['menu']}>
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon aria-label={t('chart.export')} size="sm">
              <Icon name="download" size={15} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={exportPng}>{t('chart.png')}</Menu.Item>
            <Menu.Item onClick={exportSvg}>{t('chart.svg')}</Menu.Item>
            <Menu.Item onClick={() => saveText(`${name}.csv`, `\uFEFF${toCsv(table())}`, 'text/csv')}>
              {t('chart.csv')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
      {!ready && <Skeleton h={height} />}
      <div
        ref={host}
        className={css['canvas']}
        style={ready ? { height } : { height, position: 'absolute', inset: 0 }}
        role="img"
        tabIndex={0}
        aria-label={summary}
        aria-describedby={described}
        onKeyDown={(event) => {
          if (event.key === 'ArrowRight') walk(1);
          else if (event.key === 'ArrowLeft') walk(-1);
          else if (event.key === 'Escape') chart.current?.dispatchAction({ type: 'hideTip' });
          else return;
          event.preventDefault();
        }}
      />
      <span id={described} className="visually-hidden">
        {t('chart.keys')}
      </span>
      {caption !== undefined && <figcaption className={css['caption']}>{caption}</figcaption>}
    </figure>
  );
}
