import type { Label, ThemeDetail } from '@minori/contract';
import { ActionIcon, Button, Modal, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post, request, withQuery } from '../../../api/client.ts';
import { useFormat } from '../../../ui/format.ts';
import { Icon } from '../../../ui/icons.tsx';
import { Scroll, Sheet } from '../../../ui/page.tsx';
import { Table } from '../../../ui/table.tsx';
import { createKeyMap, type Rebound } from '../labeling/keys.ts';
import { KeyField } from './key-field.tsx';
import { newNames } from './label-names.ts';
import css from './settings.module.css';
import { useThemeChange } from './use-theme-change.ts';

interface LabelsSheetProps {
  theme: ThemeDetail;
  rebound: Rebound;
  onRebind: (next: Rebound) => void;
}

/** Labels of a theme: names, order, keys. Keys are this browser's own. */
export function LabelsSheet({ theme, rebound, onRebind }: LabelsSheetProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [typed, setTyped] = useState('');
  const [leaving, setLeaving] = useState<Label | null>(null);
  const base = `/api/theme/${theme.id}/labels/`;
  const labels = theme.label_list;
  const keys = createKeyMap(
    labels.map((label) => label.id),
    rebound,
  );
  const add = useThemeChange(theme.id, async () => {
    for (const label_name of newNames(
      labels.map((label) => label.label_name),
      typed,
    ))
      await post(base, { label_name });
    setTyped('');
  });
  const change = useThemeChange(theme.id, ({ id, ...body }: { id: number; label_name?: string; position?: number }) =>
    request('PUT', `${base}${id}/`, { body }),
  );
  const remove = useThemeChange(theme.id, async (label: Label) => {
    await request('DELETE', withQuery(`${base}${label.id}/`, { unlabel: label.images > 0 }));
    setLeaving(null);
  });
  const owner = theme.role === 'owner';
  return (
    <Sheet title={t('themes.labels')} note={t('themes.keys_note')} flush>
      {labels.length > 0 && (
        <Scroll label={t('themes.labels')}>
          <Table
            label={t('themes.labels')}
            columns={[
              { title: t('themes.key') },
              { title: t('themes.name') },
              { title: t('themes.pictures'), numeric: true },
              { title: t('themes.order'), quiet: !owner },
              { title: t('common.delete'), quiet: true },
            ]}
          >
            {labels.map((label, place) => (
              <tr key={label.id}>
                <td>
                  <KeyField
                    label={t('themes.key_of', { name: label.label_name })}
                    value={keys.labelKeys.get(label.id) ?? null}
                    changed={rebound.labels[String(label.id)] !== undefined}
                    onChange={(key) => {
                      const { [String(label.id)]: _old, ...rest } = rebound.labels;
                      onRebind({
                        ...rebound,
                        labels: key === null ? rest : { ...rest, [String(label.id)]: key },
                      });
                    }}
                  />
                </td>
                <td>
                  <TextInput
                    key={label.label_name}
                    size="xs"
                    aria-label={t('themes.name_of', { name: label.label_name })}
                    defaultValue={label.label_name}
                    maxLength={200}
                    disabled={!owner}
                    onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
                    onBlur={(event) => {
                      const label_name = event.currentTarget.value.trim();
                      if (label_name !== '' && label_name !== label.label_name)
                        change.mutate({ id: label.id, label_name });
                    }}
                  />
                </td>
                <td className="num">{format.number(label.images)}</td>
                <td>
                  {owner && (
                    <span className={css['move']}>
                      <ActionIcon
                        aria-label={t('themes.move_up', { name: label.label_name })}
                        disabled={place === 0 || change.isPending}
                        onClick={() => change.mutate({ id: label.id, position: place - 1 })}
                      >
                        <Icon name="up" size={16} />
                      </ActionIcon>
                      <ActionIcon
                        aria-label={t('themes.move_down', { name: label.label_name })}
                        disabled={place === labels.length - 1 || change.isPending}
                        onClick={() => change.mutate({ id: label.id, position: place + 1 })}
                      >
                        <Icon name="down" size={16} />
                      </ActionIcon>
                    </span>
                  )}
                </td>
                <td style={{ textAlign: 'right' }}>
                  {owner && (
                    <ActionIcon
                      aria-label={t('themes.remove_label', { name: label.label_name })}
                      onClick={() => setLeaving(label)}
                    >
                      <Icon name="trash" size={16} />
                    </ActionIcon>
                  )}
                </td>
              </tr>
            ))}
          </Table>
        </Scroll>
      )}
      {owner && (
        <form
          className={`${css['add']} ${css['foot']}`}
          onSubmit={(event) => {
            event.preventDefault();
            if (typed.trim() !== '') add.mutate(undefined);
          }}
        >
          <TextInput
            label={t('themes.add_label')}
            description={t('themes.add_label_help')}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          <Button type="submit" variant="default" disabled={typed.trim() === ''} loading={add.isPending}>
            {t('themes.add')}
          </Button>
        </form>
      )}
      {leaving !== null && (
        <Modal
          opened
          onClose={() => setLeaving(null)}
          title={t('themes.remove_label', { name: leaving.label_name })}
          closeButtonProps={{ 'aria-label': t('common.close') }}
        >
          <p>
            {leaving.images === 0
              ? t('themes.remove_unused')
              : t('themes.remove_used', { count: leaving.images, shown: format.number(leaving.images) })}
          </p>
          <div className={css['buttons']} style={{ marginTop: 16 }}>
            <Button color="red" loading={remove.isPending} onClick={() => remove.mutate(leaving)}>
              {t('common.delete')}
            </Button>
            <Button variant="default" onClick={() => setLeaving(null)}>
              {t('common.cancel')}
            </Button>
          </div>
        </Modal>
      )}
    </Sheet>
  );
}
