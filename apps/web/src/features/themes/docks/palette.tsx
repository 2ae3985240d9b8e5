import { TextInput } from '@mantine/core';
import { type Ref, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../ui/format.ts';
import { Icon } from '../../../ui/icons.tsx';
import type { KeyMap } from '../labeling/keys.ts';
import css from './docks.module.css';

export interface LabelEntry {
  readonly id: number;
  readonly name: string;
  /** Pictures that carry it; null while unknown. */
  readonly count: number | null;
}
interface PaletteProps {
  labels: readonly LabelEntry[];
  keys: KeyMap;
  /** The label that a click on a picture gives. */
  brush: number | null | undefined;
  /** The first of two keys was pressed. */
  waiting: string | null;
  readOnly: boolean;
  search: Ref<HTMLInputElement>;
  onLabel: (id: number | null) => void;
}

/** All labels with their keys. Beyond nine a search finds them; Enter takes the first that fits. */
export function Palette({ labels, keys, brush, waiting, readOnly, search, onLabel }: PaletteProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [text, setText] = useState('');
  const wanted = text.trim().toLowerCase();
  const shown = wanted === '' ? labels : labels.filter((label) => label.name.toLowerCase().includes(wanted));
  return (
    <div className={css['palette']} role="group" aria-label={t('themes.palette')}>
      {labels.length > 9 && (
        <TextInput
          ref={search}
          size="xs"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          placeholder={t('themes.find_label', { key: keys.actionKeys.search })}
          aria-label={t('themes.find_label_name')}
          leftSection={<Icon name="search" size={14} />}
          onKeyDown={(event) => {
            if (event.nativeEvent.isComposing) return;
            const first = shown[0];
            if (event.key === 'Enter' && wanted !== '' && first !== undefined && !readOnly) {
              onLabel(first.id);
              setText('');
              event.currentTarget.blur();
            } else if (event.key === 'Escape') {
              setText('');
              event.currentTarget.blur();
            } else return;
            event.preventDefault();
            event.stopPropagation();
          }}
        />
      )}
      <ul className={css['labels']}>
        {shown.map((label) => {
          const key = keys.labelKeys.get(label.id);
          return (
            <li key={label.id}>
              <button
                type="button"
                className={css['label']}
                aria-pressed={brush === label.id}
                disabled={readOnly}
                data-soon={waiting !== null && key?.startsWith(waiting) === true ? true : undefined}
                onClick={() => onLabel(label.id)}
              >
                {key === undefined ? <span /> : <kbd className={css['cap']}>{key}</kbd>}
                <span className={css['labelName']}>{label.name}</span>
                <span className={css['count']}>{label.count === null ? '' : format.number(label.count)}</span>
              </button>
            </li>
          );
        })}
        {wanted === '' && (
          <li>
            <button
              type="button"
              className={css['label']}
              aria-pressed={brush === null}
              disabled={readOnly}
              onClick={() => onLabel(null)}
            >
              <kbd className={css['cap']}>{keys.actionKeys.unlabel}</kbd>
              <span className={css['labelName']}>{t('themes.take_label')}</span>
              <span />
            </button>
          </li>
        )}
      </ul>
      {shown.length === 0 && <p className={css['hint']}>{t('themes.no_such_label')}</p>}
    </div>
  );
}
