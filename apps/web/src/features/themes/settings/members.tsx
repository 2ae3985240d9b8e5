import type { ProjectMember, ThemeMember, ThemeRole } from '@minori/contract';
import { Button, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, request } from '../../../api/client.ts';
import type { Page } from '../../../api/queries.ts';
import { ProblemNote } from '../../../ui/notes.tsx';
import { Scroll, Sheet } from '../../../ui/page.tsx';
import { MembersTable } from '../../../ui/members-table.tsx';
import { RoleSelect } from '../../../ui/role-select.tsx';
import css from './settings.module.css';
import { useThemeChange } from './use-theme-change.ts';

const ROLES = ['owner', 'labeler', 'viewer'] as const;

/** Who may do what in this theme. People of its project see it anyway; here they get more or less. */
export function Members({ themeId, projectId }: { themeId: number; projectId: number }) {
  const { t } = useTranslation();
  const [person, setPerson] = useState<string | null>(null);
  const [role, setRole] = useState<ThemeRole>('labeler');
  const { data, error } = useQuery({
    queryKey: ['theme', themeId, 'members'],
    queryFn: ({ signal }) => get<Page<ThemeMember>>(`/api/v1/themes/${themeId}/members`, {}, signal),
  });
  const people = useQuery({
    queryKey: ['projects', projectId, 'members'],
    queryFn: ({ signal }) => get<Page<ProjectMember>>(`/api/v1/projects/${projectId}/members`, {}, signal),
    retry: false,
  });
  const path = (id: string) => `/api/v1/themes/${themeId}/members/${encodeURIComponent(id)}`;
  const put = useThemeChange(
    themeId,
    (member: { id: string; role: ThemeRole }) => request('PUT', path(member.id), { body: { role: member.role } }),
    () => setPerson(null),
  );
  const remove = useThemeChange(themeId, (id: string) => request('DELETE', path(id)));
  const roles = ROLES.map((value) => ({ value, label: t(`themes.roles.${value}`) }));
  const members = data?.items ?? [];
  const others = (people.data?.items ?? []).filter((one) => !members.some((member) => member.user_id === one.user_id));
  return (
    <Sheet title={t('themes.members')} note={t('themes.members_note')} flush>
      {error !== null && <ProblemNote error={error} />}
      {members.length > 0 && (
        <Scroll label={t('themes.members')}>
          <MembersTable
            label={t('themes.members')}
            members={members}
            roles={roles}
            onRole={(id, next) => put.mutate({ id, role: next })}
            onRemove={remove.mutate}
          />
        </Scroll>
      )}
      <form
        className={`${css['add']} ${css['foot']}`}
        onSubmit={(event) => {
          event.preventDefault();
          if (person !== null) put.mutate({ id: person, role });
        }}
      >
        <Select
          label={t('themes.add_member')}
          searchable
          value={person}
          nothingFoundMessage={t('themes.nobody')}
          data={others.map((one) => ({ value: one.user_id, label: one.username }))}
          onChange={setPerson}
        />
        <RoleSelect roles={roles} value={role} onChange={setRole} />
        <Button type="submit" variant="default" disabled={person === null} loading={put.isPending}>
          {t('themes.add')}
        </Button>
      </form>
    </Sheet>
  );
}
