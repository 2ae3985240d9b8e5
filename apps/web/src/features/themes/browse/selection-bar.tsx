import type { ThemeDetail, ThemeImage } from '@minori/contract';
import { Button, Menu, Modal, Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../ui/format.ts';
import { Icon } from '../../../ui/icons.tsx';
import { SPLITS } from '../queries.ts';
import type { Selection } from '../labeling/selection.ts';
import css from './filters.module.css';
import type { useBulk } from './use-bulk.ts';

interface SelectionBarProps {
  theme: ThemeDetail;
  selection: Selection;
  pictures: readonly ThemeImage[];
  /** How many match the filter, on all pages. */
  total: number;
  bulk: ReturnType<typeof useBulk>;
  onLabel: (labelId: number | null) => void;
  onEverything: () => void;
  onClear: () => void;
  /** The question before anything is deleted. */
  asking: boolean;
  onAsking: (asking: boolean) => void;
}

/** What can be done with the chosen pictures. */
export function SelectionBar(props: SelectionBarProps) {
  const { theme, selection, pictures, total, bulk, onLabel, onEverything, onClear, asking, onAsking } = props;
  const { t } = useTranslation();
  const format = useFormat();
  const chosen = pictures.filter((picture) => selection.ids.has(picture.id));
  const count = selection.everything ? total : chosen.length;
  const free = chosen.filter((picture) => picture.split === null);
  const owner = theme.role === 'owner';
  return (
    <div className={css['select']} role="region" aria-label={t('themes.chosen_region')}>
      <b role="status">{t('themes.chosen', { count, shown: format.number(count) })}</b>
      {!selection.everything && chosen.length === pictures.length && total > pictures.length && (
        <Button size="compact-sm" variant="default" onClick={onEverything}>
          {t('themes.choose_everything', { total: format.number(total) })}
        </Button>
      )}
      <Select
        size="xs"
        w={180}
        searchable
        aria-label={t('themes.give_label')}
        placeholder={t('themes.give_label')}
        value={null}
        data={theme.label_list.map((label) => ({ value: String(label.id), label: label.label_name }))}
        onChange={(next) => next !== null && onLabel(Number(next))}
      />
      <Button size="compact-sm" variant="default" onClick={() => onLabel(null)}>
        {t('themes.take_label')}
      </Button>
      {!selection.everything && (
        <Menu position="top-start">
          <Menu.Target>
            <Button size="compact-sm" variant="default" disabled={free.length === 0 || bulk.busy}>
              {t('themes.put_into')}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Label>{t('themes.put_into_note', { count: free.length, total: chosen.length })}</Menu.Label>
            {SPLITS.map((split) => (
              <Menu.Item key={split} onClick={() => void bulk.assign(free, split)}>
                {t(`themes.splits.${split}`)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      {owner && (
        <Button
          size="compact-sm"
          variant="default"
          color="red"
          leftSection={<Icon name="trash" size={14} />}
          onClick={() => onAsking(true)}
        >
          {t('common.delete')}
        </Button>
      )}
      <span className={css['grow']} />
      <Button size="compact-sm" variant="subtle" onClick={onClear}>
        {t('themes.let_go')} <kbd style={{ marginLeft: 6 }}>Esc</kbd>
      </Button>
      {asking && owner && (
        <Modal
          opened
          onClose={() => onAsking(false)}
          title={t('themes.delete_title', { count, shown: format.number(count) })}
          closeButtonProps={{ 'aria-label': t('common.close') }}
        >
          <p>{t('themes.delete_text')}</p>
          <div style={{ display: 'flex', gap: 8, marginTop: 16 }}>
            <Button
              color="red"
              loading={bulk.busy}
              onClick={() => void bulk.remove(selection.everything ? null : chosen).then(() => onAsking(false))}
            >
              {t('common.delete')}
            </Button>
            <Button variant="default" onClick={() => onAsking(false)}>
              {t('common.cancel')}
            </Button>
          </div>
        </Modal>
      )}
    </div>
  );
}
