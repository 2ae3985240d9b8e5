import type { Project, Role } from '@minori/contract';
import { Button, Select, Skeleton, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post, request } from '../../api/client.ts';
import { MembersTable } from '../../ui/members-table.tsx';
import { ProblemNote } from '../../ui/notes.tsx';
import { Sheet } from '../../ui/page.tsx';
import css from './admin.module.css';
import { membersQuery, projectsQuery, useChange, usersQuery } from './queries.ts';
import { useRoles } from './users.tsx';

function Members({ project }: { project: Project }) {
  const { t } = useTranslation();
  const roles = useRoles();
  const { data, error } = useQuery(membersQuery(project.id));
  const users = useQuery(usersQuery);
  const [user, setUser] = useState<string | null>(null);
  const put = useChange(({ id, role }: { id: string; role: Role }) =>
    request('PUT', `/api/v1/projects/${project.id}/members/${id}`, { body: { role } }),
  );
  const remove = useChange((id: string) => request('DELETE', `/api/v1/projects/${project.id}/members/${id}`));
  if (error !== null) return <ProblemNote error={error} />;
  const members = new Set(data?.items.map((member) => member.user_id));
  const others = users.data?.items.filter((held) => !members.has(held.id)) ?? [];
  return (
    <Sheet title={project.name} note={t(`roles.${project.role}`)} flush>
      {data === undefined ? (
        <Skeleton h={80} m={16} w="auto" />
      ) : (
        <MembersTable
          label={t('admin.members_of', { name: project.name })}
          members={data.items}
          roles={roles}
          onRole={(id, role) => put.mutate({ id, role })}
          onRemove={remove.mutate}
        />
      )}
      {others.length > 0 && (
        <form
          className={css['form']}
          onSubmit={(event) => {
            event.preventDefault();
            if (user !== null) put.mutate({ id: user, role: 'editor' });
            setUser(null);
          }}
        >
          <Select
            label={t('admin.add_member')}
            searchable
            data={others.map((held) => ({ value: held.id, label: held.username }))}
            value={user}
            onChange={setUser}
          />
          <Button type="submit" variant="default" disabled={user === null}>
            {t('admin.add')}
          </Button>
        </form>
      )}
    </Sheet>
  );
}

export function Projects() {
  const { t } = useTranslation();
  const { data, error } = useQuery(projectsQuery);
  const [name, setName] = useState('');
  const create = useChange(
    () => post<Project>('/api/v1/projects', { name: name.trim() }),
    () => setName(''),
  );
  if (error !== null) return <ProblemNote error={error} />;
  if (data === undefined) return <Skeleton h={160} />;
  return (
    <>
      <p style={{ color: 'var(--ink-2)', fontSize: 'var(--text-sm)' }}>{t('admin.projects_text')}</p>
      <div className={css['two']}>
        {data.items.map((project) => (
          <Members key={project.id} project={project} />
        ))}
      </div>
      <form
        style={{ display: 'flex', gap: 8, alignItems: 'end', flexWrap: 'wrap' }}
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== '') create.mutate(undefined);
        }}
      >
        <TextInput
          label={t('admin.new_project')}
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" disabled={name.trim() === ''} loading={create.isPending}>
          {t('admin.create_project')}
        </Button>
      </form>
    </>
  );
}
