/** The one place where charts learn their colors, type and margins. */
import { useComputedColorScheme } from '@mantine/core';
import { useMemo } from 'react';
import type { Format } from '../ui/format.ts';

export interface Look {
  dark: boolean;
  ink: string;
  ink2: string;
  ink3: string;
  line: string;
  lineStrong: string;
  surface: string;
  accent: string;
  amber: string;
  red: string;
  bandOuter: string;
  bandInner: string;
  series: string[];
  font: string;
}

function readLook(dark: boolean): Look {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    dark,
    ink: read('--ink'),
    ink2: read('--ink-2'),
    ink3: read('--ink-3'),
    line: read('--line'),
    lineStrong: read('--line-strong'),
    surface: read('--surface'),
    accent: read('--accent'),
    amber: read('--amber'),
    red: read('--red'),
    bandOuter: read('--band-outer'),
    bandInner: read('--band-inner'),
    series: [1, 2, 3, 4, 5, 6, 7].map((n) => read(`--series-${n}`)),
    font: read('--font'),
  };
}

export function useLook(): Look {
  // Until its first effect the hook answers what it is given here: a chart that appears must not call the page light.
  const scheme = useComputedColorScheme(matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  return useMemo(() => {
    // Mantine writes the attribute in the same pass; reading it again keeps `auto` right.
    document.documentElement.dataset['mantineColorScheme'] = scheme;
    return readLook(scheme === 'dark');
  }, [scheme]);
}

/** Dashes go with colors, so that a series is known without its color. */
export const DASHES: readonly (number[] | 'solid')[] = ['solid', [6, 3], [2, 3], [8, 3, 2, 3], [4, 2], [1, 2], [10, 4]];

/** Distance of the labels from the frame; the axes find their own place inside it. */
export const MARGINS = {
  left: 8,
  right: 16,
  top: 24,
  bottom: 8,
  outerBoundsMode: 'same',
  outerBoundsContain: 'axisLabel',
} as const;

export const axisLook = (look: Look) => ({
  axisLine: { lineStyle: { color: look.lineStrong } },
  axisTick: { show: false },
  axisLabel: { color: look.ink2, fontSize: 11, fontFamily: look.font, hideOverlap: true },
  splitLine: { lineStyle: { color: look.line } },
  nameTextStyle: { color: look.ink2, fontSize: 11, fontFamily: look.font },
});
/** The axis of a series' values, wherever it is drawn. */
export const valueAxis = (look: Look, format: Format) => ({
  type: 'value' as const,
  scale: true,
  ...axisLook(look),
  axisLine: { show: false },
  axisLabel: {
    ...axisLook(look).axisLabel,
    formatter: (v: number) => (Math.abs(v) >= 10_000 ? format.compact(v) : format.value(v)),
  },
});
export const tooltipLook = (look: Look) => ({
  backgroundColor: look.surface,
  borderColor: look.lineStrong,
  borderWidth: 1,
  padding: [8, 12] as [number, number],
  textStyle: { color: look.ink, fontSize: 12, fontFamily: look.font },
  extraCssText:
    'border-radius:6px;box-shadow:var(--shadow);font-variant-numeric:tabular-nums;max-width:360px;white-space:normal',
});

/** A tooltip as DOM nodes: names from files are text, never markup. */
export function tooltipNode(
  head: string,
  rows: readonly { color: string; name: string; value: string }[],
): HTMLElement {
  const node = document.createElement('div');
  const title = document.createElement('div');
  title.textContent = head;
  title.style.cssText = 'font-weight:600;margin-bottom:2px';
  node.append(title);
  for (const row of rows) {
    const line = document.createElement('div');
    line.style.cssText = 'display:flex;gap:8px;align-items:center';
    const mark = document.createElement('span');
    mark.style.cssText = `width:10px;height:3px;border-radius:2px;background:${row.color};flex:none`;
    const name = document.createElement('span');
    name.textContent = row.name;
    name.style.cssText = 'flex:1';
    const value = document.createElement('b');
    value.textContent = row.value;
    value.style.fontWeight = '600';
    line.append(mark, name, value);
    node.append(line);
  }
  return node;
}
