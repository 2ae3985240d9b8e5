import { NumberInput, Select, Switch, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { textOf } from '../../../i18n/index.ts';
import css from './pipeline.module.css';

interface FieldProps {
  /** As in the file. */
  name: string;
  value: unknown;
  disabled: boolean;
  onChange: (value: unknown) => void;
}
const isNumber = (value: unknown): value is number => typeof value === 'number';

/** One setting of a step; what it looks like follows from its value. */
export function StepField({ name, value, disabled, onChange }: FieldProps) {
  const { t } = useTranslation();
  const label = textOf(t, `pipeline.fields.${name}`, name);
  if (typeof value === 'boolean')
    return (
      <Switch
        label={label}
        checked={value}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    );
  if (isNumber(value) || value === null)
    return <NumberField label={label} value={value} disabled={disabled} onChange={onChange} />;
  if (typeof value === 'string')
    return (
      <TextInput
        size="xs"
        label={label}
        value={value}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  if (Array.isArray(value) && value.length <= 3 && value.every(isNumber))
    return (
      <fieldset className={css['span']}>
        <legend>{label}</legend>
        {value.map((one, at) => (
          <NumberField
            // oxlint-disable-next-line react/no-array-index-key -- a place of a fixed list
            key={at}
            label={null}
            name={t(value.length === 2 ? (at === 0 ? 'pipeline.from' : 'pipeline.to') : 'pipeline.part', {
              name: label,
              part: at + 1,
            })}
            value={one}
            disabled={disabled}
            onChange={(next) => onChange(value.map((old, place) => (place === at ? next : old)))}
          />
        ))}
      </fieldset>
    );
  return (
    <p className={css['fine']}>
      {label}: {t('pipeline.only_text')}
    </p>
  );
}

/** An emptied field waits until there is a number in it again. */
function NumberField(props: {
  label: string | null;
  name?: string;
  value: number | null;
  disabled: boolean;
  onChange: (value: number) => void;
}) {
  const step = props.value !== null && Number.isInteger(props.value) && Math.abs(props.value) >= 3 ? 1 : 0.1;
  return (
    <NumberInput
      size="xs"
      w={props.label === null ? 84 : 132}
      label={props.label}
      aria-label={props.name}
      value={props.value ?? ''}
      step={step}
      disabled={props.disabled}
      onChange={(next) => {
        if (typeof next === 'number' && next !== props.value) props.onChange(next);
      }}
    />
  );
}

export function PluginField(props: {
  value: string;
  plugins: readonly string[];
  disabled: boolean;
  onChange: (plugin: string) => void;
}) {
  const { t } = useTranslation();
  const known = props.plugins.includes(props.value) || props.value === '';
  return (
    <Select
      size="xs"
      label={t('pipeline.fields.plugin')}
      allowDeselect={false}
      disabled={props.disabled}
      data={known ? [...props.plugins] : [props.value, ...props.plugins]}
      value={props.value === '' ? null : props.value}
      onChange={(next) => next !== null && props.onChange(next)}
    />
  );
}
