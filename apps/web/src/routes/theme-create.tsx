import type { ThemeDetail } from '@minori/contract';
import { ActionIcon, Button, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post } from '../api/client.ts';
import { useProject } from '../features/shell/project.tsx';
import { shippedKey } from '../features/themes/labeling/keys.ts';
import { SampleTheme } from '../features/themes/list/sample-theme.tsx';
import { newNames } from '../features/themes/settings/label-names.ts';
import css from '../features/themes/settings/settings.module.css';
import { useThemeCrumbs } from '../features/themes/theme-crumbs.ts';
import { Icon } from '../ui/icons.tsx';
import { LinkButton } from '../ui/link-button.tsx';
import { ProblemNote } from '../ui/notes.tsx';
import { Page, Sheet } from '../ui/page.tsx';

export function ThemeCreatePage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const projectId = useProject();
  const crumbs = useThemeCrumbs(undefined, t('themes.create'));
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [labels, setLabels] = useState<readonly string[]>([]);
  const [typed, setTyped] = useState('');
  const take = () => {
    setLabels([...labels, ...newNames(labels, typed)]);
    setTyped('');
  };
  const create = useMutation({
    mutationFn: () =>
      post<ThemeDetail>('/api/theme/create/', {
        name: name.trim(),
        description: description.trim() === '' ? null : description.trim(),
        labels: [...labels, ...newNames(labels, typed)],
        ...(projectId === null ? {} : { project_id: projectId }),
      }),
    onSuccess: (theme) => {
      void client.invalidateQueries({ queryKey: ['themes'] });
      client.setQueryData(['theme', theme.id, 'detail'], theme);
      void navigate({ to: '/theme/$themeId/', params: { themeId: String(theme.id) } });
    },
  });
  return (
    <Page title={t('themes.create')} lead={t('themes.create_lead')} crumbs={crumbs} width="narrow">
      <form
        className={css['form']}
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== '') create.mutate();
        }}
      >
        <Sheet>
          <div className={css['fields']}>
            <TextInput
              label={t('themes.name')}
              description={t('themes.name_help')}
              placeholder={t('themes.name_example')}
              required
              maxLength={200}
              data-autofocus
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Textarea
              label={t('themes.description')}
              description={t('themes.optional')}
              autosize
              minRows={2}
              maxLength={5000}
              value={description}
              onChange={(event) => setDescription(event.currentTarget.value)}
            />
          </div>
        </Sheet>
        <Sheet title={t('themes.labels')} note={t('themes.labels_note')}>
          {labels.length > 0 && (
            <ol className={css['chips']} aria-label={t('themes.labels')}>
              {labels.map((label, place) => (
                <li key={label}>
                  <kbd>{shippedKey(place) ?? '–'}</kbd>
                  <span>{label}</span>
                  <ActionIcon
                    size={24}
                    aria-label={t('themes.remove_label', { name: label })}
                    onClick={() => setLabels(labels.filter((one) => one !== label))}
                  >
                    <Icon name="close" size={14} />
                  </ActionIcon>
                </li>
              ))}
            </ol>
          )}
          <div className={css['add']}>
            <TextInput
              label={t('themes.add_label')}
              description={t('themes.add_label_help')}
              value={typed}
              maxLength={20_000}
              onChange={(event) => setTyped(event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key !== 'Enter' || typed.trim() === '') return;
                event.preventDefault();
                take();
              }}
              onPaste={(event) => {
                const pasted = event.clipboardData.getData('text');
                if (!/[\n\t]/.test(pasted)) return;
                event.preventDefault();
                setLabels([...labels, ...newNames(labels, pasted)]);
              }}
            />
            <Button variant="default" disabled={typed.trim() === ''} onClick={take}>
              {t('themes.add')}
            </Button>
          </div>
        </Sheet>
        {create.error !== null && <ProblemNote error={create.error} />}
        <div className={css['buttons']}>
          <Button type="submit" disabled={name.trim() === ''} loading={create.isPending}>
            {t('themes.create_submit')}
          </Button>
          <LinkButton to="/" variant="default">
            {t('common.cancel')}
          </LinkButton>
          {name.trim() === '' && <span className={css['hint']}>{t('themes.create_missing')}</span>}
        </div>
      </form>
      <Sheet title={t('themes.sample.no_pictures')} className={css['apart']}>
        <p className={css['hint']}>{t('themes.sample.text')}</p>
        <div className={css['buttons']} style={{ marginTop: 12 }}>
          <SampleTheme projectId={projectId} />
        </div>
      </Sheet>
    </Page>
  );
}
