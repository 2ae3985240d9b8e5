/** Stored parameters in words: their names, and values as people read them. */
import { useTranslation } from 'react-i18next';
import { textOf } from '../../i18n/index.ts';
import { useWording } from '../../i18n/wording.ts';
import { useFormat } from '../../ui/format.ts';

export function useParameters() {
  const { t } = useTranslation();
  const format = useFormat();
  const wording = useWording();
  return {
    section: (section: string): string => textOf(t, `compare.sections.${section}`, section),
    name: (section: string, name: string): string => textOf(t, `compare.names.${section}.${name}`, name),
    value(section: string, name: string, value: unknown): string {
      if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return '–';
      if (Array.isArray(value)) return format.list(value.map((one) => wording.model(String(one))));
      if (typeof value !== 'string') return JSON.stringify(value);
      if (section === 'Optimization' && name === 'mode') return textOf(t, `forecast.${value}`, value);
      if (section === 'Evaluation' && name === 'metric') return textOf(t, `metrics.${value}`, value);
      if (section === 'Data' && name === 'freq') return `${wording.freq(value)} (${value})`;
      // Hashes are known by their head.
      return /^[0-9a-f]{64}$/.test(value) ? `${value.slice(0, 12)}…` : value;
    },
  };
}
