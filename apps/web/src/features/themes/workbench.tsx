import type { ThemeDetail } from '@minori/contract';
import { ActionIcon, Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '../../ui/icons.tsx';
import { LinkButton } from '../../ui/link-button.tsx';
import { Empty, Note, ProblemNote } from '../../ui/notes.tsx';
import { Page } from '../../ui/page.tsx';
import { Filters } from './browse/filters.tsx';
import { LIMITS, Pager } from './browse/pager.tsx';
import { PictureGrid } from './browse/picture-grid.tsx';
import { PictureTable } from './browse/picture-table.tsx';
import { SelectionBar } from './browse/selection-bar.tsx';
import { Palette } from './docks/palette.tsx';
import { Statistics } from './docks/statistics.tsx';
import { useLiveTheme } from './live.ts';
import { PictureDialog } from './picture/picture-dialog.tsx';
import { statisticsQuery } from './queries.ts';
import { readSearch, type ThemeSearch } from './search.ts';
import { SplitDialog } from './split/split-dialog.tsx';
import { useThemeCrumbs } from './theme-crumbs.ts';
import { DropFrame } from './upload/drop-frame.tsx';
import { PickButtons } from './upload/pick-buttons.tsx';
import { useArrival } from './upload/use-arrival.ts';
import { useChoice } from './use-choice.ts';
import { useWorkbench } from './use-workbench.ts';
import css from './workbench.module.css';

const isSize = (value: unknown): value is number => typeof value === 'number' && value >= 64 && value <= 320;
const isLimit = (value: unknown): value is number => LIMITS.some((limit) => limit === value);

/** A theme at work: pictures in the middle, labels on the left, numbers on the right. */
export function Workbench({ theme }: { theme: ThemeDetail }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search: ThemeSearch = readSearch(useSearch({ from: '/shell/theme/$themeId' }));
  const onSearch = (next: ThemeSearch, replace = false) =>
    void navigate({ to: '/theme/$themeId/', params: { themeId: String(theme.id) }, search: next, replace });
  const [size, setSize] = useChoice('minori.theme.size', 128, isSize);
  const [limit, setLimit] = useChoice('minori.theme.limit', 200, isLimit);
  const [splitting, setSplitting] = useState(false);
  const numbers = useQuery(statisticsQuery(theme.id));
  const bench = useWorkbench(theme, search, limit, onSearch, !splitting);
  const { pages, selection, labeling } = bench;
  const arrival = useArrival(theme);
  const [news, setNews] = useState(false);
  useLiveTheme(theme, labeling, () => setNews(true));
  const crumbs = useThemeCrumbs(theme);

  const names = useMemo(
    () => new Map(theme.label_list.map((label) => [label.id, label.label_name])),
    [theme.label_list],
  );
  const labels = theme.label_list.map((label) => ({
    id: label.id,
    name: label.label_name,
    count: numbers.data?.labels.find((one) => one.label_id === label.id)?.count ?? null,
  }));
  const readOnly = theme.role === 'viewer';
  const empty = numbers.data?.total === 0;
  const browse = {
    themeId: theme.id,
    pictures: pages.pictures,
    names,
    selection,
    onSelection: bench.setSelection,
    cursor: bench.cursor.place,
    onCursor: bench.cursor.setPlace,
    onPick: bench.pick,
    refused: labeling.refused,
    onShape: bench.cursor.setShape,
  };
  return (
    <Page
      title={theme.name}
      width="wide"
      crumbs={crumbs}
      {...(theme.description === null || theme.description === '' ? {} : { lead: theme.description })}
      actions={
        <>
          <ActionIcon
            size={36}
            variant="default"
            aria-label={t('themes.actions.undo')}
            disabled={readOnly}
            onClick={labeling.undo}
          >
            <Icon name="undo" />
          </ActionIcon>
          <ActionIcon
            size={36}
            variant="default"
            aria-label={t('themes.actions.redo')}
            disabled={readOnly}
            onClick={labeling.redo}
          >
            <Icon name="redo" />
          </ActionIcon>
          {!readOnly && !empty && <PickButtons arrival={arrival} />}
          {!readOnly && (
            <Button
              variant="default"
              leftSection={<Icon name="split" size={16} />}
              disabled={empty}
              onClick={() => setSplitting(true)}
            >
              {t('themes.split_start')}
            </Button>
          )}
          <LinkButton
            variant="default"
            to="/theme/$themeId/settings/"
            params={{ themeId: String(theme.id) }}
            leftSection={<Icon name="admin" size={16} />}
          >
            {t('themes.settings')}
          </LinkButton>
        </>
      }
    >
      <DropFrame arrival={arrival} labels={theme.label_list.map((label) => label.label_name)} disabled={readOnly}>
        {news && !arrival.moving && (
          <Note
            tone="info"
            live
            actions={
              <Button
                size="compact-sm"
                variant="default"
                onClick={() => {
                  setNews(false);
                  void pages.query.refetch();
                }}
              >
                {t('themes.show_news')}
              </Button>
            }
          >
            {t('themes.news')}
          </Note>
        )}
        {empty ? (
          <Empty
            icon="picture"
            title={t('themes.empty')}
            actions={
              readOnly ? undefined : (
                <div className={css['emptyActions']}>
                  <PickButtons filled arrival={arrival} />
                </div>
              )
            }
          >
            {t('themes.empty_text')}
          </Empty>
        ) : (
          <>
            <Filters
              theme={theme}
              numbers={numbers.data}
              search={search}
              onSearch={onSearch}
              size={size}
              onSize={setSize}
            />
            <div className={css['bench']}>
              <aside className={css['dock']} aria-label={t('themes.palette')}>
                {labels.length === 0 ? (
                  <Note tone="info" title={t('themes.no_labels')}>
                    {t('themes.no_labels_text')}
                  </Note>
                ) : (
                  <Palette
                    labels={labels}
                    keys={bench.keys}
                    brush={bench.brush}
                    waiting={bench.waiting}
                    readOnly={readOnly}
                    search={bench.searchField}
                    onLabel={bench.chooseLabel}
                  />
                )}
                <p className={css['hint']}>
                  {t(bench.brush === undefined ? 'themes.palette_hint' : 'themes.brush_hint')}
                </p>
              </aside>
              <div className={css['middle']}>
                {pages.query.error !== null && <ProblemNote error={pages.query.error} />}
                {pages.query.isPending ? (
                  <Skeleton h="100%" />
                ) : pages.pictures.length === 0 && pages.query.error === null ? (
                  <Empty
                    icon="filter"
                    title={t(search.state === 'unlabeled' ? 'themes.all_labeled' : 'themes.nothing')}
                    actions={
                      <Button variant="default" onClick={() => onSearch({})}>
                        {t('themes.show_all')}
                      </Button>
                    }
                  >
                    {t('themes.nothing_text')}
                  </Empty>
                ) : search.view === 'table' ? (
                  <PictureTable {...browse} />
                ) : (
                  <PictureGrid {...browse} size={size} />
                )}
              </div>
              <aside className={`${css['dock']} ${css['right']}`}>
                {numbers.data === undefined ? <Skeleton h={280} /> : <Statistics numbers={numbers.data} />}
              </aside>
            </div>
            {selection.ids.size > 0 && !readOnly ? (
              <SelectionBar
                theme={theme}
                selection={selection}
                pictures={pages.pictures}
                total={pages.total ?? pages.pictures.length}
                bulk={bench.bulk}
                onLabel={bench.labelSelection}
                onEverything={bench.everything}
                onClear={bench.clear}
                asking={bench.asking}
                onAsking={bench.setAsking}
              />
            ) : (
              <Pager
                page={pages.page}
                limit={limit}
                shown={pages.pictures.length}
                total={pages.total}
                onPrevious={pages.onPrevious}
                onNext={pages.onNext}
                onLimit={(next) => {
                  setLimit(next);
                  const { page: _page, after: _after, ...rest } = search;
                  onSearch(rest);
                }}
              />
            )}
          </>
        )}
      </DropFrame>
      {search.image !== undefined && (
        <PictureDialog
          theme={theme}
          imageId={search.image}
          pictures={pages.pictures}
          labels={labels}
          keys={bench.keys}
          labeling={labeling}
          onOpen={(image) => onSearch({ ...search, image }, true)}
          onStep={bench.stepPicture}
          onClose={bench.closePicture}
        />
      )}
      {splitting && <SplitDialog theme={theme} onClose={() => setSplitting(false)} />}
    </Page>
  );
}
