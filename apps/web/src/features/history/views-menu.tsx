import { ActionIcon, Button, Popover, TextInput } from '@mantine/core';
import type { ColumnVisibilityState } from '@tanstack/react-table';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '../../ui/icons.tsx';
import css from './history.module.css';
import { type Conditions, keepViews, storedViews, type View, withView } from './views.ts';

interface Props {
  conditions: Conditions;
  columns: ColumnVisibilityState;
  onOpen: (view: View) => void;
}
/** Calls up a view by its name; keeps the present one under a new name. */
export function ViewsMenu({ conditions, columns, onOpen }: Props) {
  const { t } = useTranslation();
  const [views, setViews] = useState(() => storedViews(localStorage));
  const [open, setOpen] = useState(false);
  const [name, setName] = useState('');
  const keep = (next: View[]) => {
    keepViews(localStorage, next);
    setViews(next);
  };
  return (
    <Popover position="bottom-end" opened={open} onChange={setOpen} width={300} trapFocus>
      <Popover.Target>
        <Button
          variant="default"
          leftSection={<Icon name="folder" size={16} />}
          aria-expanded={open}
          onClick={() => setOpen((held) => !held)}
        >
          {t('history.views')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        {views.length === 0 ? (
          <p className={css['hint']}>{t('history.views_none')}</p>
        ) : (
          <ul className={css['views']}>
            {views.map((view) => (
              <li key={view.name}>
                <Button
                  variant="subtle"
                  size="compact-sm"
                  justify="flex-start"
                  style={{ flex: 1, minWidth: 0 }}
                  onClick={() => {
                    onOpen(view);
                    setOpen(false);
                  }}
                >
                  {view.name}
                </Button>
                <ActionIcon
                  size="sm"
                  aria-label={t('history.view_delete', { name: view.name })}
                  onClick={() => keep(views.filter((held) => held !== view))}
                >
                  <Icon name="trash" size={14} />
                </ActionIcon>
              </li>
            ))}
          </ul>
        )}
        <form
          style={{ display: 'flex', gap: 8, alignItems: 'end', marginTop: 8 }}
          onSubmit={(event) => {
            event.preventDefault();
            if (name.trim() === '') return;
            keep(withView(views, { name: name.trim(), conditions, columns }));
            setName('');
          }}
        >
          <TextInput
            size="xs"
            style={{ flex: 1 }}
            label={t('history.view_name')}
            maxLength={60}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Button size="xs" type="submit" disabled={name.trim() === ''}>
            {t('history.view_save')}
          </Button>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
