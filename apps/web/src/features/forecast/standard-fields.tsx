import type { DatasetDetail, OutputRules, OwnBaseline } from '@minori/contract';
import { seesDays } from '@minori/planner';
import { Checkbox, NumberInput, SegmentedControl, Select, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { datasetsInfinite } from '../../api/queries.ts';
import { HelpTip } from '../../ui/notes.tsx';
import css from './forecast.module.css';
import type { Wishes } from './use-plan.ts';

const DEFAULT_TRIALS = 40;

export const rulesFit = ({ lower, upper }: OutputRules): boolean => lower === null || upper === null || lower < upper;
/** Named, and from exactly one place. */
export const isComplete = ({ name, column, dataset_id: id }: OwnBaseline): boolean =>
  name.trim() !== '' && (column === undefined) !== (id === undefined);

const bound = (value: number | string): number | null => (typeof value === 'number' ? value : null);

interface Props {
  dataset: DatasetDetail;
  wishes: Wishes;
  /** What the forecast keeps to now, whoever said so. */
  output: OutputRules;
  onWish: (part: Partial<Wishes>) => void;
}
/** What Standard asks besides: how the search ends, what the numbers keep to, what they are compared with. */
export function StandardFields({ dataset, wishes, output, onWish }: Props) {
  const { t } = useTranslation();
  const { profile } = dataset;
  const rule = (part: Partial<OutputRules>) => onWish({ output: { ...output, ...part } });
  return (
    <div className={css['standard']}>
      <fieldset>
        <legend>{t('forecast.ends')}</legend>
        <SegmentedControl
          size="xs"
          aria-label={t('forecast.ends')}
          value={wishes.trials === null ? 'time' : 'trials'}
          data={[
            { value: 'time', label: t('forecast.by_time') },
            { value: 'trials', label: t('forecast.by_trials') },
          ]}
          onChange={(by) => onWish({ trials: by === 'trials' ? DEFAULT_TRIALS : null })}
        />
        {wishes.trials !== null && (
          <NumberInput
            label={t('forecast.trials')}
            description={t('forecast.trials_text')}
            min={1}
            allowDecimal={false}
            value={wishes.trials}
            onChange={(value) => onWish({ trials: typeof value === 'number' && value >= 1 ? value : 1 })}
          />
        )}
        <NumberInput
          label={
            <>
              {t('result.seed')} <HelpTip label={t('result.seed')}>{t('forecast.help.seed')}</HelpTip>
            </>
          }
          min={0}
          max={2_147_483_647}
          allowDecimal={false}
          value={wishes.seed}
          onChange={(value) => onWish({ seed: typeof value === 'number' && value >= 0 ? value : 1 })}
        />
      </fieldset>
      <fieldset>
        <legend>
          {t('forecast.rules')} <HelpTip label={t('forecast.rules')}>{t('forecast.help.rules')}</HelpTip>
        </legend>
        <Checkbox
          label={t('forecast.non_negative')}
          description={profile.y.non_negative ? t('forecast.data_non_negative') : undefined}
          checked={output.lower !== null && output.lower >= 0}
          onChange={(event) => rule({ lower: event.currentTarget.checked ? 0 : null })}
        />
        <Checkbox
          label={t('forecast.integer')}
          description={profile.y.integer ? t('forecast.data_integer') : undefined}
          checked={output.integer}
          onChange={(event) => rule({ integer: event.currentTarget.checked })}
        />
        <div className={css['row']}>
          <NumberInput
            label={t('forecast.lower')}
            placeholder={t('forecast.no_bound')}
            value={output.lower ?? ''}
            onChange={(value) => rule({ lower: bound(value) })}
          />
          <NumberInput
            label={t('forecast.upper')}
            placeholder={t('forecast.no_bound')}
            value={output.upper ?? ''}
            error={rulesFit(output) ? undefined : t('forecast.missing_rules')}
            onChange={(value) => rule({ upper: bound(value) })}
          />
        </div>
        {profile.series_count > 1 && (
          <Select
            label={t('forecast.total')}
            description={t('forecast.total_text')}
            placeholder={t('forecast.no_total')}
            clearable
            searchable
            limit={200}
            value={output.total?.series ?? null}
            data={profile.series.map(({ unique_id: id }) => id)}
            onChange={(series) => rule({ total: series === null ? null : { series, method: 'bottom_up' } })}
          />
        )}
      </fieldset>
      {seesDays(profile.freq) && (
        <fieldset>
          <legend>
            {t('forecast.known')} <HelpTip label={t('forecast.known')}>{t('forecast.help.known')}</HelpTip>
          </legend>
          <Checkbox
            label={t('forecast.holidays')}
            description={t('forecast.holidays_text')}
            checked={wishes.holidays === 'jp'}
            onChange={(event) => onWish({ holidays: event.currentTarget.checked ? 'jp' : null })}
          />
        </fieldset>
      )}
      <Own dataset={dataset} wishes={wishes} onWish={onWish} />
    </div>
  );
}

/** The forecast that is used today: a column that came with the data, or another dataset. */
function Own({ dataset, wishes, onWish }: Omit<Props, 'output'>) {
  const { t } = useTranslation();
  const datasets = useInfiniteQuery(datasetsInfinite(dataset.project_id));
  const others = (datasets.data?.pages.flatMap((page) => page.items) ?? []).filter(({ id }) => id !== dataset.id);
  const columns = dataset.profile.exogenous.filter(({ type }) => type === 'number').map(({ name }) => name);
  const { baseline } = wishes;
  const value =
    baseline?.column !== undefined
      ? `column:${baseline.column}`
      : baseline?.dataset_id === undefined
        ? null
        : `dataset:${baseline.dataset_id}`;
  return (
    <fieldset>
      <legend>
        {t('forecast.own')} <HelpTip label={t('forecast.own')}>{t('forecast.help.own')}</HelpTip>
      </legend>
      <Select
        label={t('forecast.own_source')}
        placeholder={columns.length + others.length === 0 ? t('forecast.own_none') : t('forecast.own_placeholder')}
        disabled={columns.length + others.length === 0}
        clearable
        searchable
        value={value}
        data={[
          {
            group: t('forecast.own_columns'),
            items: columns.map((name) => ({ value: `column:${name}`, label: name })),
          },
          {
            group: t('forecast.own_datasets'),
            items: others.map(({ id, name }) => ({ value: `dataset:${id}`, label: name })),
          },
        ].filter(({ items }) => items.length > 0)}
        onChange={(chosen) => {
          if (chosen === null) return onWish({ baseline: null });
          const [kind, ...rest] = chosen.split(':');
          const of = rest.join(':');
          onWish({
            baseline: {
              name: baseline?.name ?? t('forecast.own_default'),
              ...(kind === 'column' ? { column: of } : { dataset_id: Number(of) }),
            },
          });
        }}
      />
      {baseline !== null && (
        <TextInput
          label={t('forecast.own_name')}
          maxLength={100}
          value={baseline.name}
          error={baseline.name.trim() === '' ? t('forecast.missing_baseline') : undefined}
          onChange={(event) => onWish({ baseline: { ...baseline, name: event.currentTarget.value } })}
        />
      )}
    </fieldset>
  );
}
