import type { Role, User } from '@minori/contract';
import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post, request } from '../../api/client.ts';
import { meQuery } from '../../api/queries.ts';
import { useFormat } from '../../ui/format.ts';
import { HelpTip, Mark, ProblemNote } from '../../ui/notes.tsx';
import { Scroll, Sheet } from '../../ui/page.tsx';
import { RoleSelect } from '../../ui/role-select.tsx';
import { Table } from '../../ui/table.tsx';
import { NewEntry } from './new-entry.tsx';
import { useChange, usersQuery } from './queries.ts';
import { Secret } from './secret.tsx';

export function useRoles() {
  const { t } = useTranslation();
  return (['admin', 'editor', 'viewer'] as const).map((value) => ({ value, label: t(`roles.${value}`) }));
}

export function Users() {
  const { t } = useTranslation();
  const format = useFormat();
  const roles = useRoles();
  const { data: me } = useQuery(meQuery);
  const { data, error } = useQuery(usersQuery);
  const [role, setRole] = useState<Role>('editor');
  const [link, setLink] = useState<{ user: string; link: string } | null>(null);
  const create = useChange(
    (username: string) => post<User & { link: string | null }>('/api/v1/users', { username, role }),
    (made) => {
      if (made.link !== null) setLink({ user: made.username, link: made.link });
    },
  );
  const update = useChange(({ id, ...body }: { id: string; role?: Role; disabled?: boolean }) =>
    request<User>('PATCH', `/api/v1/users/${id}`, { body }),
  );
  const reset = useChange(
    (user: User) => post<{ link: string }>(`/api/v1/users/${user.id}/password-link`),
    (made, user) => setLink({ user: user.username, link: made.link }),
  );
  if (error !== null) return <ProblemNote error={error} />;
  if (data === undefined) return <Skeleton h={200} />;
  return (
    <>
      {link !== null && (
        <Secret
          title={t('admin.link_title', { user: link.user })}
          text={t('admin.link_text')}
          value={link.link}
          onClose={() => setLink(null)}
        />
      )}
      <Sheet title={t('admin.users')} flush>
        <Scroll label={t('admin.users')}>
          <Table
            label={t('admin.users')}
            columns={[
              { title: t('login.username') },
              {
                title: t('admin.role'),
                help: <HelpTip label={t('admin.role')}>{t('admin.role_help')}</HelpTip>,
              },
              { title: t('history.status') },
              { title: t('history.created') },
              { title: t('board.actions'), quiet: true },
            ]}
          >
            {data.items.map((user) => {
              const self = user.id === me?.user.id;
              return (
                <tr key={user.id}>
                  <td>
                    <b style={{ fontWeight: 550 }}>{user.username}</b>{' '}
                    {self && <span style={{ color: 'var(--ink-2)' }}>{t('admin.you')}</span>}
                  </td>
                  <td>
                    <RoleSelect
                      of={user.username}
                      roles={roles}
                      disabled={self}
                      value={user.role}
                      onChange={(next) => update.mutate({ id: user.id, role: next })}
                    />
                  </td>
                  <td>
                    {user.disabled ? (
                      <Mark tone="warn">{t('admin.disabled')}</Mark>
                    ) : (
                      <Mark tone="good">{t('admin.enabled')}</Mark>
                    )}
                  </td>
                  <td className="line">{format.ago(user.created_at)}</td>
                  <td style={{ textAlign: 'right', whiteSpace: 'nowrap' }}>
                    <Button size="compact-xs" variant="default" onClick={() => reset.mutate(user)}>
                      {t('admin.password_link')}
                    </Button>{' '}
                    <Button
                      size="compact-xs"
                      variant="default"
                      disabled={self}
                      onClick={() => update.mutate({ id: user.id, disabled: !user.disabled })}
                    >
                      {user.disabled ? t('admin.enable') : t('admin.disable')}
                    </Button>
                  </td>
                </tr>
              );
            })}
          </Table>
        </Scroll>
        <NewEntry
          label={t('admin.new_user')}
          placeholder="hanako"
          shortest={3}
          longest={40}
          submit={t('admin.create_user')}
          onCreate={create.mutateAsync}
        >
          <RoleSelect roles={roles} value={role} onChange={setRole} />
        </NewEntry>
      </Sheet>
    </>
  );
}
