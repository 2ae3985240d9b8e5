import type { ApiKey } from '@minori/contract';
import { Button, NumberInput, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post, request } from '../../api/client.ts';
import { useFormat } from '../../ui/format.ts';
import { ProblemNote } from '../../ui/notes.tsx';
import { Scroll, Sheet } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';
import { NewEntry } from './new-entry.tsx';
import { keysQuery, useChange } from './queries.ts';
import { Secret } from './secret.tsx';

export function Keys() {
  const { t } = useTranslation();
  const format = useFormat();
  const { data, error } = useQuery(keysQuery);
  const [days, setDays] = useState<number | string>('');
  const [key, setKey] = useState<string | null>(null);
  const create = useChange(
    (name: string) =>
      post<ApiKey & { key: string }>('/api/v1/api-keys', {
        name,
        ...(typeof days === 'number' ? { days } : {}),
      }),
    (made) => setKey(made.key),
  );
  const remove = useChange((id: string) => request('DELETE', `/api/v1/api-keys/${id}`));
  if (error !== null) return <ProblemNote error={error} />;
  if (data === undefined) return <Skeleton h={160} />;
  return (
    <>
      {key !== null && (
        <Secret title={t('admin.key_title')} text={t('admin.key_text')} value={key} onClose={() => setKey(null)} />
      )}
      <Sheet title={t('admin.keys')} note={t('admin.keys_note')} flush>
        {data.items.length > 0 && (
          <Scroll label={t('admin.keys')}>
            <Table
              label={t('admin.keys')}
              columns={[
                { title: t('history.name') },
                { title: t('admin.key_start') },
                { title: t('history.created') },
                { title: t('admin.key_used') },
                { title: t('admin.key_expires') },
                { title: t('board.actions'), quiet: true },
              ]}
            >
              {data.items.map((held) => (
                <tr key={held.id}>
                  <td>{held.name}</td>
                  <td className="mono">{held.start}…</td>
                  <td className="line">{format.ago(held.created_at)}</td>
                  <td className="line">
                    {held.last_used_at === null ? t('admin.never') : format.ago(held.last_used_at)}
                  </td>
                  <td className="line">
                    {held.expires_at === null ? t('admin.never') : format.dateTime(held.expires_at)}
                  </td>
                  <td style={{ textAlign: 'right' }}>
                    <Button
                      size="compact-xs"
                      variant="default"
                      aria-label={t('admin.revoke_of', { name: held.name })}
                      onClick={() => remove.mutate(held.id)}
                    >
                      {t('admin.revoke')}
                    </Button>
                  </td>
                </tr>
              ))}
            </Table>
          </Scroll>
        )}
        <NewEntry
          label={t('admin.key_name')}
          placeholder={t('admin.key_name_example')}
          longest={60}
          submit={t('admin.create_key')}
          onCreate={create.mutateAsync}
        >
          <NumberInput
            label={t('admin.key_days')}
            w={160}
            min={1}
            max={3650}
            allowDecimal={false}
            placeholder={t('admin.no_limit')}
            value={days}
            onChange={setDays}
          />
        </NewEntry>
      </Sheet>
    </>
  );
}
