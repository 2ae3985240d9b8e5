import { ActionIcon, Select, Skeleton, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '../../../ui/icons.tsx';
import { LinkButton } from '../../../ui/link-button.tsx';
import { More } from '../../../ui/more.tsx';
import { ProblemNote } from '../../../ui/notes.tsx';
import { Scroll, Sheet } from '../../../ui/page.tsx';
import { EVERY_THEME, themesInfinite } from '../queries.ts';
import { useChoice } from '../use-choice.ts';
import css from './list.module.css';
import { SampleTheme } from './sample-theme.tsx';
import { ThemeCard, ThemeRows } from './theme-card.tsx';

const isView = (value: unknown): value is 'cards' | 'rows' => value === 'cards' || value === 'rows';
const STATES = ['all', 'unfinished', 'finished', 'empty'] as const;
const SORTS = ['newest', 'name', 'updated'] as const;

/** All themes that one may see: cards or rows, found by name, narrowed by how far they are. */
export function ThemeList({ projectId }: { projectId: number | null }) {
  const { t } = useTranslation();
  const [view, setView] = useChoice('minori.themes.view', 'cards', isView);
  const [text, setText] = useState<string>(EVERY_THEME.q);
  const [q] = useDebouncedValue(text.trim(), 250);
  const [state, setState] = useState<string>(EVERY_THEME.state);
  const [sort, setSort] = useState<string>(EVERY_THEME.sort);
  const list = useInfiniteQuery(themesInfinite({ q, state, sort, project_id: projectId ?? undefined }));
  const themes = list.data?.pages.flatMap((page) => page.items) ?? [];
  const narrowed = q !== '' || state !== 'all';
  return (
    <Sheet
      title={t('themes.list')}
      className={css['sheet']}
      actions={
        <span className={css['headActions']}>
          <SampleTheme projectId={projectId} size="compact-sm" />
          <LinkButton to="/theme/create/" size="compact-sm" leftSection={<Icon name="plus" size={14} />}>
            {t('themes.create')}
          </LinkButton>
        </span>
      }
    >
      {(themes.length > 0 || narrowed) && (
        <div className={css['bar']} role="search" aria-label={t('themes.filter_themes')}>
          <TextInput
            size="xs"
            className={css['search'] ?? ''}
            aria-label={t('themes.find_theme')}
            placeholder={t('themes.find_theme')}
            leftSection={<Icon name="search" size={14} />}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Select
            size="xs"
            w={148}
            aria-label={t('themes.filter_state')}
            allowDeselect={false}
            value={state}
            data={STATES.map((value) => ({ value, label: t(`themes.list_states.${value}`) }))}
            onChange={(next) => setState(next ?? 'all')}
          />
          <Select
            size="xs"
            w={132}
            aria-label={t('themes.order')}
            allowDeselect={false}
            value={sort}
            data={SORTS.map((value) => ({ value, label: t(`themes.sorts.${value}`) }))}
            onChange={(next) => setSort(next ?? 'newest')}
          />
          <ActionIcon.Group>
            {(['cards', 'rows'] as const).map((one) => (
              <ActionIcon
                key={one}
                size={30}
                color="ripe"
                variant={view === one ? 'filled' : 'default'}
                aria-label={t(`themes.views.${one}`)}
                aria-pressed={view === one}
                onClick={() => setView(one)}
              >
                <Icon name={one === 'cards' ? 'tiles' : 'rows'} size={16} />
              </ActionIcon>
            ))}
          </ActionIcon.Group>
        </div>
      )}
      {list.error !== null && <ProblemNote error={list.error} />}
      {list.isPending && <Skeleton h={168} />}
      {list.isSuccess && themes.length === 0 && (
        <p className={css['none']}>{t(narrowed ? 'themes.no_match' : 'themes.none')}</p>
      )}
      {themes.length > 0 &&
        (view === 'cards' ? (
          <ul className={css['cards']} aria-label={t('themes.list')}>
            {themes.map((theme) => (
              <ThemeCard key={theme.id} theme={theme} />
            ))}
          </ul>
        ) : (
          <Scroll label={t('themes.list')}>
            <ThemeRows themes={themes} />
          </Scroll>
        ))}
      <More list={list} style={{ marginTop: 12 }} />
    </Sheet>
  );
}
