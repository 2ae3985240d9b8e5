import type { DatasetDetail, Plan } from '@minori/contract';
import { Button, MultiSelect, NumberInput, Slider, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { datasetSeriesQuery } from '../../api/queries.ts';
import { useWording } from '../../i18n/wording.ts';
import { useFormat } from '../../ui/format.ts';
import { HelpTip } from '../../ui/notes.tsx';
import { budgetIndex, BUDGETS, DEFAULT_BUDGET } from './defaults.ts';
import css from './forecast.module.css';
import { HorizonPicker } from './horizon-picker.tsx';
import { isDeep, type Wishes } from './use-plan.ts';

interface Props {
  dataset: DatasetDetail;
  version: number;
  wishes: Wishes;
  onWish: (part: Partial<Wishes>) => void;
  /** A plan without errors, to say what the time buys. */
  plan: Plan | null;
}
/** How far ahead, and how much time to spend. */
export function Question({ dataset, version, wishes, onWish, plan }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const wording = useWording();
  const { profile } = dataset;
  const [more, setMore] = useState(false);
  const first = useQuery(datasetSeriesQuery(dataset.id, version, 12, 1000));
  const longest = first.data?.items.reduce(
    (a, b) => (b.y.length > a.y.length ? b : a),
    first.data.items[0] ?? { unique_id: '', ds: [], y: [] },
  );
  const baselines = plan?.candidates.filter((candidate) => candidate.kind === 'baseline').length ?? 0;
  return (
    <div className={css['question']}>
      <HorizonPicker
        y={longest?.y ?? []}
        length={profile.lengths.max}
        horizon={wishes.horizon}
        onChange={(horizon) => onWish({ horizon })}
      />
      <div className={css['fields']}>
        <NumberInput
          label={
            <>
              {t('forecast.horizon')} <HelpTip label={t('forecast.horizon')}>{t('forecast.help.horizon')}</HelpTip>
            </>
          }
          value={wishes.horizon}
          min={1}
          allowDecimal={false}
          clampBehavior="none"
          suffix={` ${t('forecast.step_unit', { freq: wording.freq(profile.freq) })}`}
          onChange={(horizon) => onWish({ horizon: typeof horizon === 'number' ? horizon : 0 })}
        />
        {wishes.trials === null && (
          <div>
            <label id="budget-label" style={{ fontSize: 'var(--text-sm)', fontWeight: 500 }}>
              {t('forecast.budget')} <HelpTip label={t('forecast.budget')}>{t('forecast.help.budget')}</HelpTip>
            </label>
            <Slider
              mt={4}
              mx={12}
              thumbSize={24}
              mb={36}
              min={0}
              max={BUDGETS.length - 1}
              value={budgetIndex(wishes.budget)}
              label={(index) => format.seconds(BUDGETS[index])}
              marks={[0, 2, 4, 6, 8].map((index) => ({ value: index, label: format.seconds(BUDGETS[index]) }))}
              styles={{
                markLabel: {
                  fontSize: 'var(--text-2xs)',
                  whiteSpace: 'nowrap',
                  color: 'var(--ink-2)',
                  // Clear of the thumb.
                  marginTop: 6,
                },
              }}
              thumbLabel={t('forecast.budget')}
              thumbProps={{ 'aria-valuetext': format.seconds(wishes.budget) }}
              onChange={(index) => onWish({ budget: BUDGETS[index] ?? DEFAULT_BUDGET })}
            />
            <p className={css['buys']} aria-live="polite">
              {plan === null
                ? t('forecast.buys_unknown', { time: format.seconds(wishes.budget) })
                : t('forecast.buys', {
                    time: format.seconds(wishes.budget),
                    baselines,
                    others: plan.candidates.length - baselines,
                    origins: plan.origins,
                  })}
            </p>
          </div>
        )}
        {more || isDeep(wishes) ? (
          <>
            <MultiSelect
              label={
                <>
                  {t('forecast.levels')} <HelpTip label={t('forecast.levels')}>{t('forecast.help.levels')}</HelpTip>
                </>
              }
              data={['50', '80', '90', '95', '99']}
              value={wishes.levels.map(String)}
              error={wishes.levels.length === 0 ? t('forecast.missing_levels') : undefined}
              onChange={(levels) => onWish({ levels: levels.map(Number).toSorted((a, b) => a - b) })}
            />
            <TextInput
              label={t('forecast.name')}
              placeholder={dataset.name}
              maxLength={200}
              value={wishes.name}
              onChange={(event) => onWish({ name: event.currentTarget.value })}
            />
          </>
        ) : (
          <Button variant="subtle" size="compact-sm" style={{ justifySelf: 'start' }} onClick={() => setMore(true)}>
            {t('forecast.more')}
          </Button>
        )}
      </div>
    </div>
  );
}
