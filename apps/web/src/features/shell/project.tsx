import { Menu } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { meQuery } from '../../api/queries.ts';
import { Icon } from '../../ui/icons.tsx';
import css from './shell.module.css';

const STORED = 'minori.project';
const listeners = new Set<() => void>();
let chosen: number | null = Number(localStorage.getItem(STORED)) || null;

function choose(id: number | null): void {
  chosen = id;
  if (id === null) localStorage.removeItem(STORED);
  else localStorage.setItem(STORED, String(id));
  for (const listener of listeners) listener();
}

/** The project that lists are narrowed to; null = all of the person's projects. */
export function useProject(): number | null {
  const { data: me } = useQuery(meQuery);
  const id = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => chosen,
  );
  return me?.projects.some((project) => project.id === id) === true ? id : null;
}

export function ProjectSwitcher() {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const id = useProject();
  const projects = me?.projects ?? [];
  if (projects.length < 2) return null;
  const name = projects.find((project) => project.id === id)?.name ?? t('shell.all_projects');
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <button type="button" className={css['chip']} aria-label={t('shell.project', { name })}>
          <Icon name="folder" size={16} />
          {name}
          <Icon name="down" size={14} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => choose(null)}>{t('shell.all_projects')}</Menu.Item>
        {projects.map((project) => (
          <Menu.Item key={project.id} onClick={() => choose(project.id)}>
            {project.name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
