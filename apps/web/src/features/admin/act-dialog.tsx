import type { AdminAction, AdminTable } from '@minori/contract';
import { Button, Modal, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { textOf } from '../../i18n/index.ts';
import { useFormat } from '../../ui/format.ts';
import css from './admin.module.css';
import { usersQuery } from './queries.ts';

const NAMED = 8;

/** Says once more what will happen to which rows, before it does. */
export function ActDialog({
  table,
  action,
  names,
  busy,
  onAct,
  onClose,
}: {
  table: AdminTable;
  action: AdminAction;
  names: readonly string[];
  busy: boolean;
  onAct: (owner: string | undefined) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const [owner, setOwner] = useState<string | null>(null);
  const users = useQuery({ ...usersQuery, enabled: action === 'reassign' });
  const more = names.length - NAMED;
  return (
    <Modal
      opened
      onClose={onClose}
      title={textOf(t, `admin.tables.ask.${table}_${action}`, action, { count: names.length })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <div className={css['ask']}>
        <p>
          <b>{format.list(names.slice(0, NAMED))}</b>
          {more > 0 && ` ${t('arrival.and_more', { count: more })}`}
        </p>
        <p>{textOf(t, `admin.tables.then.${table}_${action}`, '')}</p>
        {action === 'reassign' && (
          <Select
            label={t('admin.tables.new_owner')}
            searchable
            value={owner}
            data={(users.data?.items ?? []).filter((user) => !user.disabled).map((user) => user.username)}
            onChange={setOwner}
          />
        )}
        <div className={css['buttons']}>
          <Button
            {...(action === 'delete' ? { color: 'red' } : {})}
            loading={busy}
            disabled={action === 'reassign' && owner === null}
            onClick={() => onAct(owner ?? undefined)}
          >
            {t(`admin.tables.actions.${action}`)}
          </Button>
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
