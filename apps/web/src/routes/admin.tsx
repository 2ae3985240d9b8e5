import { Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { meQuery } from '../api/queries.ts';
import css from '../features/admin/admin.module.css';
import { Audit } from '../features/admin/audit.tsx';
import { Keys } from '../features/admin/keys.tsx';
import { Machine } from '../features/admin/machine.tsx';
import { Password } from '../features/admin/password.tsx';
import { Projects } from '../features/admin/projects.tsx';
import { Images, Labels, Models, Themes } from '../features/admin/tables.tsx';
import { Users } from '../features/admin/users.tsx';
import { Note } from '../ui/notes.tsx';
import { Page } from '../ui/page.tsx';

const TABS = {
  users: Users,
  projects: Projects,
  themes: Themes,
  labels: Labels,
  images: Images,
  models: Models,
  keys: Keys,
  machine: Machine,
  audit: Audit,
} as const;
type TabId = keyof typeof TABS;
const isTab = (value: string | null | undefined): value is TabId =>
  value !== null && value !== undefined && value in TABS;

export function AdminPage() {
  const { t } = useTranslation();
  const { tab } = useSearch({ from: '/shell/admin' });
  const navigate = useNavigate();
  const { data: me } = useQuery(meQuery);
  const admin = me?.user.role === 'admin';
  // Everybody has keys of their own; the rest is for administrators.
  const allowed: TabId[] = admin
    ? ['users', 'projects', 'themes', 'labels', 'images', 'models', 'keys', 'machine', 'audit']
    : ['keys'];
  const shown = isTab(tab) && allowed.includes(tab) ? tab : (allowed[0] ?? 'keys');
  const Shown = TABS[shown];
  return (
    <Page title={t('admin.title')} crumbs={[{ label: t('nav.home'), to: '/' }, { label: t('admin.title') }]}>
      {me !== undefined && !admin && <Note tone="info">{t('admin.only_keys')}</Note>}
      <Tabs value={shown} onChange={(next) => isTab(next) && void navigate({ to: '/admin/', search: { tab: next } })}>
        <Tabs.List>
          {allowed.map((id) => (
            <Tabs.Tab key={id} value={id}>
              {t(`admin.tabs.${id}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={shown}>
          <div className={css['grid']}>
            {me !== undefined && <Shown />}
            {shown === 'keys' && me !== undefined && <Password />}
          </div>
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
