import { Modal, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import type { LabelPlace, ThemePage } from '@minori/contract';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useId, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get } from '../../api/client.ts';
import { datasetsInfinite, type Page, runsQuery } from '../../api/queries.ts';
import { currentLanguage, setLanguage } from '../../i18n/index.ts';
import { Icon, type IconName } from '../../ui/icons.tsx';
import { useStatusText } from '../runs/status.tsx';
import { PLACES } from './navigation.ts';
import css from './shell.module.css';

interface Option {
  id: string;
  group: string;
  icon: IconName;
  label: string;
  note?: string;
  run: () => void;
}

/** Themes and labels by a part of their name; labels only once something is typed. */
const themesFound = (q: string) => ({
  queryKey: ['themes', 'found', q],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    get<ThemePage>('/api/v1/themes', { q, limit: 8, sort: 'updated' }, signal),
  placeholderData: keepPreviousData,
});
const labelsFound = (q: string) => ({
  queryKey: ['themes', 'labels', q],
  queryFn: ({ signal }: { signal: AbortSignal }) => get<Page<LabelPlace>>('/api/v1/labels', { q, limit: 8 }, signal),
  enabled: q !== '',
});

/** Pages, actions, themes, labels, datasets and runs by name, without the mouse. */
export function CommandPalette({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  // Mounted only while open: a closed dialog would still stand in the page for screen readers.
  if (!opened) return null;
  return (
    <Modal.Root opened onClose={onClose} size="lg" yOffset="12vh">
      <Modal.Overlay backgroundOpacity={0.35} />
      <Modal.Content aria-label={t('palette.title')}>
        <Modal.Body p="sm">
          <Palette onClose={onClose} />
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const statusText = useStatusText();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const [asked] = useDebouncedValue(text.trim(), 150);
  const runs = useQuery(runsQuery(asked === '' ? {} : { q: asked }, 8));
  const themes = useQuery(themesFound(asked));
  const labels = useQuery(labelsFound(asked));
  const datasets = useInfiniteQuery(datasetsInfinite(null));
  const list = useId();

  const options = useMemo(() => {
    const has = (label: string) => label.toLowerCase().includes(text.trim().toLowerCase());
    const all: Option[] = [];
    for (const place of PLACES)
      all.push({
        id: place.id,
        group: t('palette.pages'),
        icon: place.icon,
        label: t(`nav.${place.id}`),
        run: () => void navigate({ to: place.to, ...(place.hash === undefined ? {} : { hash: place.hash }) }),
      });
    const other = currentLanguage() === 'ja' ? 'en' : 'ja';
    all.push({
      id: 'language',
      group: t('palette.actions'),
      icon: 'language',
      label: t('shell.switch_language'),
      run: () => void setLanguage(other),
    });
    for (const dataset of datasets.data?.pages.flatMap((page) => page.items) ?? [])
      all.push({
        id: `dataset-${dataset.id}`,
        group: t('palette.datasets'),
        icon: 'data',
        label: dataset.name,
        run: () => void navigate({ to: '/datasets/$datasetId/', params: { datasetId: String(dataset.id) } }),
      });
    const found = all.filter((option) => has(option.label));
    for (const theme of themes.data?.items ?? [])
      found.push({
        id: `theme-${theme.id}`,
        group: t('palette.themes'),
        icon: 'picture',
        label: theme.name,
        run: () => void navigate({ to: '/theme/$themeId/', params: { themeId: String(theme.id) } }),
      });
    for (const label of labels.data?.items ?? [])
      found.push({
        id: `label-${label.id}`,
        group: t('palette.labels'),
        icon: 'tag',
        label: label.label_name,
        note: label.theme_name,
        run: () =>
          void navigate({
            to: '/theme/$themeId/',
            params: { themeId: String(label.theme_id) },
            search: { label_id: label.id },
          }),
      });
    for (const run of runs.data?.items ?? [])
      found.push({
        id: `run-${run.id}`,
        group: t('palette.runs'),
        icon: 'forecast',
        label: run.name,
        note: statusText(run.status),
        run: () => void navigate({ to: '/runs/$runId/', params: { runId: String(run.id) } }),
      });
    return found;
  }, [datasets.data, labels.data, navigate, runs.data, statusText, t, text, themes.data]);

  useEffect(() => setAt(0), [asked, text]);
  const current = options[Math.min(at, options.length - 1)];
  const pick = (option: Option | undefined) => {
    if (option === undefined) return;
    onClose();
    option.run();
  };

  let group = '';
  return (
    <div className={css['palette']}>
      <TextInput
        data-autofocus
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        placeholder={t('palette.placeholder')}
        aria-label={t('palette.title')}
        leftSection={<Icon name="search" size={16} />}
        role="combobox"
        aria-expanded
        aria-controls={list}
        aria-activedescendant={current === undefined ? undefined : `${list}-${current.id}`}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === 'ArrowDown') setAt((n) => Math.min(n + 1, options.length - 1));
          else if (event.key === 'ArrowUp') setAt((n) => Math.max(n - 1, 0));
          else if (event.key === 'Enter') pick(current);
          else return;
          event.preventDefault();
        }}
      />
      <ul className={css['options']} id={list} role="listbox" aria-label={t('palette.title')}>
        {options.map((option, index) => {
          const head = option.group === group ? null : option.group;
          group = option.group;
          return [
            head !== null && (
              <li key={`head-${head}`} className={css['group']} role="presentation">
                {head}
              </li>
            ),
            <li
              key={option.id}
              id={`${list}-${option.id}`}
              role="option"
              aria-selected={option === current}
              className={css['option']}
              ref={option === current ? (node) => node?.scrollIntoView({ block: 'nearest' }) : null}
              onMouseMove={() => setAt(index)}
              onClick={() => pick(option)}
              onKeyDown={(event) => {
                if (event.key === 'Enter') pick(option);
              }}
            >
              <Icon name={option.icon} size={16} />
              {option.label}
              {option.note !== undefined && <small>{option.note}</small>}
            </li>,
          ];
        })}
        {options.length === 0 && <li className={css['group']}>{t('palette.nothing')}</li>}
      </ul>
    </div>
  );
}
