import type { ThemeDetail, ThemeStatistics } from '@minori/contract';
import { ActionIcon, Button, Popover, Select, Slider, TextInput } from '@mantine/core';
import { memo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../ui/format.ts';
import { Icon } from '../../../ui/icons.tsx';
import { SPLITS } from '../queries.ts';
import { changed, type ThemeSearch } from '../search.ts';
import css from './filters.module.css';

interface ChoiceProps {
  theme: ThemeDetail;
  search: ThemeSearch;
  onSearch: (next: ThemeSearch) => void;
  /** A queue says by itself which pictures, in which order. */
  inQueue: boolean;
}
interface FiltersProps extends ChoiceProps {
  numbers: ThemeStatistics | undefined;
  /** Stands before all else. */
  chooser: ReactNode;
  size: number;
  onSize: (size: number) => void;
}
const STATES = [undefined, 'unlabeled', 'labeled'] as const;
const MORE = ['q', 'uploaded_by', 'labeled_by', 'since', 'until'] as const;

/** Which pictures, and how they are shown. All of it stands in the address. */
export function Filters({ theme, numbers, search, onSearch, inQueue, chooser, size, onSize }: FiltersProps) {
  const { t } = useTranslation();
  return (
    <div className={css['bar']} role="search" aria-label={t('themes.filter')}>
      {chooser}
      <States numbers={numbers} search={search} onSearch={onSearch} inQueue={inQueue} />
      <Choices theme={theme} search={search} onSearch={onSearch} inQueue={inQueue} />
      <span className={css['grow']} />
      <Looks search={search} onSearch={onSearch} size={size} onSize={onSize} />
    </div>
  );
}

/** Counts change with every label; nothing else of the bar is drawn again for them. */
function States({ numbers, search, onSearch, inQueue }: Omit<ChoiceProps, 'theme'> & Pick<FiltersProps, 'numbers'>) {
  const { t } = useTranslation();
  const format = useFormat();
  const set = (part: Parameters<typeof changed>[1]) => onSearch(changed(search, part));
  const counts = { all: numbers?.total, unlabeled: numbers?.unlabeled, labeled: numbers?.labeled };
  return (
    <div className={css['chips']} role="group" aria-label={t('themes.label')}>
      {(inQueue ? [] : STATES).map((state) => {
        const id = state ?? 'all';
        return (
          <button
            key={id}
            type="button"
            className={css['chip']}
            aria-pressed={search.state === state}
            onClick={() => set({ state })}
          >
            {t(`themes.states.${id}`)} <b>{counts[id] === undefined ? '' : format.number(counts[id])}</b>
          </button>
        );
      })}
      {search.proposed !== undefined && (
        <button
          type="button"
          className={css['chip']}
          aria-pressed
          title={t('themes.proposals.show_less')}
          onClick={() => set({ proposed: undefined })}
        >
          {t('themes.proposals.shown', { share: format.percent(search.proposed) })} ×
        </button>
      )}
      {(numbers?.quarantined ?? 0) > 0 && !inQueue && (
        <button
          type="button"
          className={`${css['chip']} ${css['warn']}`}
          aria-pressed={search.quarantined === true}
          title={t('themes.quarantined_text')}
          onClick={() => set({ quarantined: search.quarantined === true ? undefined : true })}
        >
          {t('themes.quarantined')} <b>{format.number(numbers?.quarantined)}</b>
        </button>
      )}
    </div>
  );
}

const Choices = memo(function Choices({ theme, search, onSearch, inQueue }: ChoiceProps) {
  const { t } = useTranslation();
  const set = (part: Parameters<typeof changed>[1]) => onSearch(changed(search, part));
  const more = MORE.filter((key) => search[key] !== undefined).length;
  return (
    <>
      <Select
        size="xs"
        w={130}
        aria-label={t('themes.by_label')}
        placeholder={t('themes.any_label')}
        clearable
        searchable
        value={search.label_id === undefined ? null : String(search.label_id)}
        data={theme.label_list.map((label) => ({ value: String(label.id), label: label.label_name }))}
        onChange={(next) => set({ label_id: next === null ? undefined : Number(next) })}
      />
      <Select
        size="xs"
        w={122}
        aria-label={t('themes.by_split')}
        placeholder={t('themes.any_split')}
        clearable
        value={search.split ?? null}
        data={[
          ...SPLITS.map((split) => ({ value: split, label: t(`themes.splits.${split}`) })),
          { value: 'none', label: t('themes.no_split') },
        ]}
        onChange={(next) => set({ split: (next ?? undefined) as ThemeSearch['split'] })}
      />
      <Popover position="bottom-start" trapFocus>
        <Popover.Target>
          <Button size="xs" variant="default" leftSection={<Icon name="filter" size={14} />}>
            {more === 0 ? t('themes.more_filters') : t('themes.more_filters_on', { count: more })}
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <form
            className={css['more']}
            onSubmit={(event) => {
              event.preventDefault();
              const form = new FormData(event.currentTarget);
              set(Object.fromEntries(MORE.map((key) => [key, String(form.get(key) ?? '').trim()])));
            }}
          >
            <TextInput size="xs" name="q" label={t('themes.file_name')} defaultValue={search.q ?? ''} />
            <TextInput
              size="xs"
              name="uploaded_by"
              label={t('themes.uploaded_by')}
              defaultValue={search.uploaded_by ?? ''}
            />
            <TextInput
              size="xs"
              name="labeled_by"
              label={t('themes.labeled_by')}
              defaultValue={search.labeled_by ?? ''}
            />
            <TextInput
              size="xs"
              type="date"
              name="since"
              label={t('themes.since')}
              defaultValue={search.since?.slice(0, 10) ?? ''}
            />
            <TextInput
              size="xs"
              type="date"
              name="until"
              label={t('themes.until')}
              defaultValue={search.until?.slice(0, 10) ?? ''}
            />
            <div className={css['moreButtons']}>
              <Button size="compact-sm" type="submit">
                {t('themes.apply')}
              </Button>
              <Button
                size="compact-sm"
                variant="subtle"
                onClick={() => set(Object.fromEntries(MORE.map((key) => [key, undefined])))}
              >
                {t('themes.clear')}
              </Button>
            </div>
          </form>
        </Popover.Dropdown>
      </Popover>
      {!inQueue && (
        <Select
          size="xs"
          w={112}
          aria-label={t('themes.order')}
          allowDeselect={false}
          value={search.order ?? 'newest'}
          data={[
            { value: 'newest', label: t('themes.newest') },
            { value: 'oldest', label: t('themes.oldest') },
          ]}
          onChange={(next) => set({ order: next === 'oldest' ? 'oldest' : undefined })}
        />
      )}
    </>
  );
});

const Looks = memo(function Looks({
  search,
  onSearch,
  size,
  onSize,
}: Pick<FiltersProps, 'search' | 'onSearch' | 'size' | 'onSize'>) {
  const { t } = useTranslation();
  return (
    <>
      {search.view !== 'table' && (
        <Slider
          className={css['size'] ?? ''}
          size="sm"
          min={64}
          max={320}
          step={16}
          value={size}
          onChange={onSize}
          label={null}
          thumbLabel={t('themes.size')}
        />
      )}
      <ActionIcon.Group>
        {(['grid', 'table'] as const).map((view) => (
          <ActionIcon
            key={view}
            variant={(search.view ?? 'grid') === view ? 'filled' : 'default'}
            color="ripe"
            size={30}
            aria-label={t(`themes.views.${view}`)}
            aria-pressed={(search.view ?? 'grid') === view}
            onClick={() => onSearch(readView(search, view))}
          >
            <Icon name={view === 'grid' ? 'tiles' : 'rows'} size={16} />
          </ActionIcon>
        ))}
      </ActionIcon.Group>
    </>
  );
});

/** The page and the filter stay when only the look changes. */
function readView(search: ThemeSearch, view: 'grid' | 'table'): ThemeSearch {
  const { view: _view, ...rest } = search;
  return view === 'table' ? { ...rest, view } : rest;
}
