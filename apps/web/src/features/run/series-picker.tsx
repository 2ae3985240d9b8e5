import type { ForecastResult } from '@minori/contract';
import { Button, Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../ui/format.ts';

/** Any series by name, and the worst, typical and best at once. */
export function SeriesPicker({
  result,
  value,
  onChange,
}: {
  result: ForecastResult;
  value: string;
  onChange: (id: string) => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const { series } = result;
  if (series.length < 2) return null;
  const measured = series.filter((held) => held.mase !== null);
  const [worst, best] = [measured[0], measured.at(-1)];
  const typical = measured[Math.floor(measured.length / 2)];
  return (
    <>
      <Select
        size="xs"
        w={220}
        searchable
        allowDeselect={false}
        aria-label={t('result.series')}
        value={value}
        limit={200}
        nothingFoundMessage={t('palette.nothing')}
        data={series.map((held) => ({
          value: held.unique_id,
          label: held.mase === null ? held.unique_id : `${held.unique_id} · ${format.fixed(held.mase, 2)}`,
        }))}
        onChange={(id) => id !== null && onChange(id)}
      />
      {(
        [
          ['worst', worst],
          ['typical', typical],
          ['best', best],
        ] as const
      ).map(([name, held]) =>
        held === undefined ? null : (
          <Button
            key={name}
            size="compact-xs"
            variant={held.unique_id === value ? 'light' : 'default'}
            onClick={() => onChange(held.unique_id)}
          >
            {t(`result.pick.${name}`)}
          </Button>
        ),
      )}
    </>
  );
}
