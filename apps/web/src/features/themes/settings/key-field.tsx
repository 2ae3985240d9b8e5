import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { toast } from '../../../ui/toast.tsx';
import { capOf, isFree } from '../labeling/keys.ts';
import css from './key-field.module.css';

interface KeyFieldProps {
  label: string;
  value: string | null;
  /** Not the shipped key: Backspace brings that back. */
  changed: boolean;
  /** null: the shipped key again. */
  onChange: (key: string | null) => void;
}
/** A key cap that takes the next key pressed. */
export function KeyField({ label, value, changed, onChange }: KeyFieldProps) {
  const { t } = useTranslation();
  const [listening, setListening] = useState(false);
  return (
    <button
      type="button"
      className={css['key']}
      aria-label={listening ? t('themes.press_key') : `${label}: ${value ?? t('common.none')}`}
      data-changed={changed || undefined}
      aria-pressed={listening}
      onClick={() => setListening(true)}
      onBlur={() => setListening(false)}
      onKeyDown={(event) => {
        if (!listening || event.key === 'Tab') return;
        if (['Shift', 'Control', 'Alt', 'Meta'].includes(event.key)) return;
        event.preventDefault();
        event.stopPropagation();
        setListening(false);
        if (event.key === 'Escape') return;
        if (event.key === 'Backspace') onChange(null);
        else if (isFree(event.key)) onChange(event.key.length === 1 ? event.key.toLowerCase() : event.key);
        else toast('warning', t('themes.key_taken', { key: event.key }));
      }}
    >
      {listening ? '…' : value === null ? '–' : capOf(value)}
    </button>
  );
}
