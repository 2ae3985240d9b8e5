import { Button, NumberInput, SegmentedControl, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { changesOf, type Draft, type Move, moved } from './adjusting.ts';
import css from './adjust.module.css';

interface Props {
  /** The model's values, and the names of their times. */
  values: readonly number[];
  times: readonly string[];
  adjusted: readonly (number | null)[];
  draft: Draft;
  saving: boolean;
  onDraft: (draft: Draft) => void;
  onSave: (note: string) => void;
  onClose: () => void;
}
/** Above the table while numbers are put in: a stretch at once, the reason, keep or drop. */
export function AdjustBar({ values, times, adjusted, draft, saving, onDraft, onSave, onClose }: Props) {
  const { t } = useTranslation();
  const [how, setHow] = useState<Move['how']>('percent');
  const [amount, setAmount] = useState<number | string>('');
  const [from, setFrom] = useState(0);
  const [to, setTo] = useState(values.length - 1);
  const [note, setNote] = useState('');
  const changed = changesOf(draft, adjusted).length;
  const steps = times.map((label, step) => ({ value: String(step), label }));
  return (
    <form
      className={css['bar']}
      onSubmit={(event) => {
        event.preventDefault();
        onSave(note.trim());
      }}
    >
      <p>{t('adjust.how')}</p>
      <div className={css['row']}>
        <Select
          size="xs"
          w={128}
          label={t('adjust.from')}
          allowDeselect={false}
          value={String(from)}
          data={steps}
          onChange={(step) => {
            setFrom(Number(step));
            setTo((held) => Math.max(held, Number(step)));
          }}
        />
        <Select
          size="xs"
          w={128}
          label={t('adjust.to')}
          allowDeselect={false}
          value={String(to)}
          data={steps.slice(from)}
          onChange={(step) => setTo(Number(step))}
        />
        <NumberInput size="xs" w={96} label={t('adjust.amount')} hideControls value={amount} onChange={setAmount} />
        <SegmentedControl
          size="xs"
          aria-label={t('adjust.unit')}
          value={how}
          data={[
            { value: 'percent', label: t('adjust.percent') },
            { value: 'add', label: t('adjust.add') },
          ]}
          onChange={(next) => setHow(next === 'add' ? 'add' : 'percent')}
        />
        <Button
          size="xs"
          variant="default"
          disabled={typeof amount !== 'number'}
          onClick={() => onDraft(moved(draft, values, { how, amount: Number(amount), from, to }))}
        >
          {t('adjust.apply')}
        </Button>
      </div>
      <div className={css['row']}>
        <TextInput
          size="xs"
          className={css['reason'] ?? ''}
          label={t('adjust.reason')}
          placeholder={t('adjust.reason_example')}
          maxLength={500}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        <Button size="xs" type="submit" loading={saving} disabled={changed === 0}>
          {t('adjust.save', { count: changed })}
        </Button>
        <Button size="xs" variant="default" onClick={onClose}>
          {t('common.cancel')}
        </Button>
      </div>
    </form>
  );
}
