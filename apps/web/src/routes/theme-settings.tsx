import type { ThemeDetail } from '@minori/contract';
import { Button, Modal, Skeleton, Tabs, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { request } from '../api/client.ts';
import { useKeyMap } from '../features/themes/labeling/use-keys.ts';
import type { PipelineTab } from '../features/themes/pipeline/editor.tsx';
import { themeQuery } from '../features/themes/queries.ts';
import { ActionKeys } from '../features/themes/settings/action-keys.tsx';
import { Encoder } from '../features/themes/settings/encoder.tsx';
import { LabelsSheet } from '../features/themes/settings/labels-sheet.tsx';
import { Members } from '../features/themes/settings/members.tsx';
import css from '../features/themes/settings/settings.module.css';
import { Splits } from '../features/themes/settings/splits.tsx';
import { useThemeChange } from '../features/themes/settings/use-theme-change.ts';
import { useThemeCrumbs } from '../features/themes/theme-crumbs.ts';
import { useFormat } from '../ui/format.ts';
import { LinkButton } from '../ui/link-button.tsx';
import { ProblemNote } from '../ui/notes.tsx';
import { Page, Sheet } from '../ui/page.tsx';
import { toast } from '../ui/toast.tsx';

// The reader of YAML comes with these tabs only.
const PipelineEditor = lazy(async () => ({
  default: (await import('../features/themes/pipeline/editor.tsx')).PipelineEditor,
}));
const TABS = ['general', 'preprocessing', 'augmentation', 'params'] as const;
type TabId = 'general' | PipelineTab;
const isTab = (value: string | null | undefined): value is TabId => TABS.some((tab) => tab === value);

function About({ theme }: { theme: ThemeDetail }) {
  const { t } = useTranslation();
  const [name, setName] = useState(theme.name);
  const [description, setDescription] = useState(theme.description ?? '');
  const save = useThemeChange(
    theme.id,
    () =>
      request('PUT', `/api/theme/${theme.id}/`, {
        body: { name: name.trim(), description: description.trim() === '' ? null : description.trim() },
      }),
    () => toast('good', t('themes.saved')),
  );
  const owner = theme.role === 'owner';
  const same = name.trim() === theme.name && description.trim() === (theme.description ?? '');
  return (
    <Sheet title={t('themes.about')}>
      <form
        className={css['fields']}
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(undefined);
        }}
      >
        <TextInput
          label={t('themes.name')}
          required
          maxLength={200}
          disabled={!owner}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Textarea
          label={t('themes.description')}
          autosize
          minRows={2}
          maxLength={5000}
          disabled={!owner}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        {owner && (
          <div className={css['buttons']}>
            <Button type="submit" disabled={name.trim() === '' || same} loading={save.isPending}>
              {t('common.save')}
            </Button>
          </div>
        )}
      </form>
    </Sheet>
  );
}

function Leave({ theme }: { theme: ThemeDetail }) {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const [typed, setTyped] = useState('');
  const remove = useThemeChange(
    theme.id,
    () => request('DELETE', `/api/theme/${theme.id}/`),
    () => {
      toast('good', t('themes.theme_deleted', { name: theme.name }));
      void navigate({ to: '/' });
    },
  );
  return (
    <Sheet title={t('themes.delete_theme')}>
      <p className={css['hint']}>{t('themes.delete_theme_text')}</p>
      <Button mt={12} color="red" variant="default" onClick={() => setAsking(true)}>
        {t('themes.delete_theme')}
      </Button>
      {asking && (
        <Modal
          opened
          onClose={() => setAsking(false)}
          title={t('themes.delete_theme')}
          closeButtonProps={{ 'aria-label': t('common.close') }}
        >
          <p>
            {t('themes.delete_theme_sure', {
              count: theme.counts.images,
              images: format.number(theme.counts.images),
            })}
          </p>
          <TextInput
            mt={12}
            label={t('themes.type_name', { name: theme.name })}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          <div className={css['buttons']} style={{ marginTop: 16 }}>
            <Button
              color="red"
              disabled={typed.trim() !== theme.name}
              loading={remove.isPending}
              onClick={() => remove.mutate(undefined)}
            >
              {t('common.delete')}
            </Button>
            <Button variant="default" onClick={() => setAsking(false)}>
              {t('common.cancel')}
            </Button>
          </div>
        </Modal>
      )}
    </Sheet>
  );
}

function General({ theme }: { theme: ThemeDetail }) {
  const { map, rebound, rebind } = useKeyMap(
    theme.id,
    theme.label_list.map((label) => label.id),
  );
  return (
    <div className={css['form']}>
      <About key={theme.updated_at} theme={theme} />
      <LabelsSheet theme={theme} rebound={rebound} onRebind={rebind} />
      <ActionKeys map={map} rebound={rebound} onRebind={rebind} />
      <Encoder theme={theme} />
      <Splits themeId={theme.id} />
      {theme.role === 'owner' && <Members themeId={theme.id} projectId={theme.project_id} />}
      {theme.role === 'owner' && <Leave theme={theme} />}
    </div>
  );
}

function Settings({ theme }: { theme: ThemeDetail }) {
  const { t } = useTranslation();
  const crumbs = useThemeCrumbs(theme, t('themes.settings'));
  const navigate = useNavigate();
  const { tab, image } = useSearch({ from: '/shell/theme/$themeId/settings' });
  const shown = isTab(tab) ? tab : 'general';
  return (
    <Page
      title={t('themes.settings_of', { name: theme.name })}
      heading={t('themes.settings')}
      lead={theme.name}
      crumbs={crumbs}
      actions={
        <LinkButton variant="default" to="/theme/$themeId/" params={{ themeId: String(theme.id) }}>
          {t('themes.to_pictures')}
        </LinkButton>
      }
    >
      <Tabs
        value={shown}
        onChange={(next) =>
          isTab(next) &&
          void navigate({
            to: '/theme/$themeId/settings/',
            params: { themeId: String(theme.id) },
            search: { ...(next === 'general' ? {} : { tab: next }), ...(image === undefined ? {} : { image }) },
          })
        }
      >
        <Tabs.List mb={16}>
          {TABS.map((id) => (
            <Tabs.Tab key={id} value={id}>
              {t(`pipeline.tabs.${id}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={shown}>
          {shown === 'general' ? (
            <General theme={theme} />
          ) : (
            <Suspense fallback={<Skeleton h={480} />}>
              <PipelineEditor theme={theme} tab={shown} image={image} />
            </Suspense>
          )}
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

export function ThemeSettingsPage() {
  const { t } = useTranslation();
  const { themeId } = useParams({ from: '/shell/theme/$themeId/settings' });
  const { data, error } = useQuery(themeQuery(Number(themeId)));
  const crumbs = useThemeCrumbs(data, t('themes.settings'));
  if (data !== undefined && error === null) return <Settings theme={data} />;
  return (
    <Page title={t('themes.settings')} crumbs={crumbs}>
      {error === null ? <Skeleton h={320} /> : <ProblemNote error={error} />}
    </Page>
  );
}
