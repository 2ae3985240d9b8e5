import type { ForecastResult } from '@minori/contract';
import { Button, Checkbox, Select, Slider } from '@mantine/core';
import { useDeferredValue, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useWording } from '../../i18n/wording.ts';
import { useFormat } from '../../ui/format.ts';
import { Note } from '../../ui/notes.tsx';
import { Scroll, Sheet } from '../../ui/page.tsx';
import css from './evidence.module.css';
import { nameOf } from './leaderboard.tsx';
import { type Backtest, blendAnswer, standingsOf, WHAT_IF_METRICS, type WhatIfMetric } from './what-if.ts';

/** Methods that get a slider at first; the others come on demand. */
const OFFERED = 6;

interface Props {
  backtest: Backtest;
  result: ForecastResult;
  /** What each window covered, oldest first; its number where that is not known. */
  windowNames: readonly string[];
}
/** The same backtest under other rules, at once; the conclusion stays what it was. */
export function WhatIf({ backtest, result, windowNames }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const wording = useWording();
  const [metric, setMetric] = useState<WhatIfMetric>('mase');
  const [left, setLeft] = useState<ReadonlySet<number>>(new Set());
  const [weights, setWeights] = useState<ReadonlyMap<string, number>>(new Map());
  const [all, setAll] = useState(false);
  // Sliders stay quick while the sums of a large panel follow.
  const rules = useDeferredValue(useMemo(() => ({ metric, left }), [metric, left]));
  const mixed = useDeferredValue(weights);
  const standings = useMemo(() => standingsOf(backtest, rules), [backtest, rules]);
  const blend = useMemo(() => blendAnswer(backtest, rules, mixed, standings), [backtest, rules, mixed, standings]);
  const full = backtest.windows !== null;
  const rows = new Map(result.leaderboard.map((row) => [row.model, row]));
  const named = (model: string) => {
    const row = rows.get(model);
    return row === undefined ? wording.model(model) : nameOf(row, wording);
  };
  const shown = (value: number | null) =>
    metric === 'smape'
      ? format.percent(value, 1)
      : metric === 'mae' || metric === 'rmse'
        ? format.value(value)
        : format.fixed(value);
  const ranked = standings.filter(({ rank }) => rank !== null);
  const mixable = ranked
    .map(({ model }) => model)
    .filter((model) => backtest.models.some((held) => held.model === model && held.predictions !== null));
  const offered = all ? mixable : mixable.slice(0, OFFERED);
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const set = (model: string, weight: number) => setWeights((held) => new Map(held).set(model, weight));
  const untouched = metric === 'mase' && left.size === 0;
  const gain = (share: number | null) =>
    share === null
      ? ''
      : share >= 0
        ? t('board.smaller', { share: format.percent(share) })
        : t('board.larger', { share: format.percent(-share) });
  return (
    <Sheet title={t('what_if.title')} className={css['after']}>
      <div className={css['ask']}>
        <Note tone="warning" title={t('what_if.label')}>
          {t('what_if.label_text')}
        </Note>
        <div className={css['row']}>
          {full && (
            <Select
              label={t('what_if.metric')}
              w={160}
              allowDeselect={false}
              value={metric}
              data={WHAT_IF_METRICS.map((value) => ({ value, label: t(`metrics.${value}`) }))}
              onChange={(value) => setMetric(WHAT_IF_METRICS.find((known) => known === value) ?? 'mase')}
            />
          )}
          <fieldset className={css['windows']}>
            <legend>{t('what_if.windows')}</legend>
            {windowNames.map((name, origin) => (
              <Checkbox
                key={name}
                size="xs"
                label={name}
                checked={!left.has(origin)}
                onChange={(event) => {
                  const next = new Set(left);
                  if (event.currentTarget.checked) next.delete(origin);
                  else next.add(origin);
                  setLeft(next);
                }}
              />
            ))}
          </fieldset>
        </div>
        <div className={css['two']}>
          <div>
            <h3>{untouched ? t('what_if.as_judged') : t('what_if.order')}</h3>
            {ranked.length === 0 ? (
              <p className={css['quiet']}>{t('what_if.nothing')}</p>
            ) : (
              <Scroll label={t('what_if.order')}>
                <table className={css['board']}>
                  <caption className="visually-hidden">{t('what_if.order')}</caption>
                  <thead>
                    <tr>
                      <th scope="col">{t('board.rank')}</th>
                      <th scope="col">{t('board.model')}</th>
                      <th scope="col" className={css['num']}>
                        {t(`metrics.${metric}`)}
                      </th>
                      <th scope="col" className={css['num']}>
                        {t('what_if.moved')}
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {ranked.map(({ model, rank, value, gain: share }) => {
                      const before = rows.get(model)?.rank ?? null;
                      const moved = before === null || rank === null ? 0 : before - rank;
                      return (
                        <tr key={model}>
                          <td>{rank}</td>
                          <td>
                            {named(model)} <span className={css['quiet']}>{gain(share)}</span>
                          </td>
                          <td className={css['num']}>
                            <b>{shown(value)}</b>
                          </td>
                          <td className={css['num']}>
                            {moved === 0
                              ? '–'
                              : moved > 0
                                ? t('what_if.up', { count: moved })
                                : t('what_if.down', { count: -moved })}
                          </td>
                        </tr>
                      );
                    })}
                  </tbody>
                </table>
              </Scroll>
            )}
          </div>
          {full ? (
            <div>
              <h3>{t('what_if.blend')}</h3>
              <p className={css['quiet']}>{t('what_if.blend_text')}</p>
              {offered.map((model) => (
                <div key={model} className={css['weight']}>
                  <span>{named(model)}</span>
                  <Slider
                    min={0}
                    max={100}
                    step={5}
                    size="sm"
                    thumbSize={24}
                    label={null}
                    value={weights.get(model) ?? 0}
                    thumbLabel={t('what_if.weight_of', { name: named(model) })}
                    onChange={(weight) => set(model, weight)}
                  />
                  <output>{format.percent(total === 0 ? 0 : (weights.get(model) ?? 0) / total)}</output>
                </div>
              ))}
              <div className={css['row']} style={{ marginTop: 8 }}>
                <Button
                  size="compact-xs"
                  variant="default"
                  onClick={() => setWeights(new Map(mixable.slice(0, 3).map((model) => [model, 50])))}
                >
                  {t('what_if.top_three')}
                </Button>
                <Button
                  size="compact-xs"
                  variant="default"
                  disabled={total === 0}
                  onClick={() => setWeights(new Map())}
                >
                  {t('what_if.no_weights')}
                </Button>
                {mixable.length > OFFERED && (
                  <Button size="compact-xs" variant="subtle" onClick={() => setAll((held) => !held)}>
                    {all ? t('what_if.fewer') : t('what_if.all_methods', { count: mixable.length })}
                  </Button>
                )}
              </div>
              <p className={css['answer']} role="status">
                {blend === null
                  ? ''
                  : `${t(`metrics.${metric}`)} ${shown(blend.value)} · ${
                      (blend.overLeader ?? 0) >= 0
                        ? t('what_if.below_leader', { share: format.percent(blend.overLeader, 1) })
                        : t('what_if.above_leader', { share: format.percent(-(blend.overLeader ?? 0), 1) })
                    }`}
              </p>
            </div>
          ) : (
            <p className={css['quiet']}>{t('what_if.too_large')}</p>
          )}
        </div>
      </div>
    </Sheet>
  );
}
