import type { ThemeDetail } from '@minori/contract';
import { ActionIcon, Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { memo, useCallback, useMemo, useState } from 'react';
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
import type { Mode } from './labeling/answers.ts';
import type { Labeling } from './labeling/use-labeling.ts';
import { useLiveTheme } from './live.ts';
import { PictureDialog } from './picture/picture-dialog.tsx';
import { statisticsQuery } from './queries.ts';
import { CopyGroups } from './queues/copy-groups.tsx';
import { Proposals } from './queues/proposals.tsx';
import { QueueBar } from './queues/queue-bar.tsx';
import { QueueChooser } from './queues/queue-chooser.tsx';
import { useQueue } from './queues/use-queue.ts';
import { changed, filterOf, readSearch, type ThemeSearch } from './search.ts';
import { SplitDialog } from './split/split-dialog.tsx';
import { useThemeCrumbs } from './theme-crumbs.ts';
import { DropFrame } from './upload/drop-frame.tsx';
import { PickButtons } from './upload/pick-buttons.tsx';
import { type Arrival, useArrival } from './upload/use-arrival.ts';
import { useChoice } from './use-choice.ts';
import { useWorkbench } from './use-workbench.ts';
import css from './workbench.module.css';

const isSize = (value: unknown): value is number => typeof value === 'number' && value >= 64 && value <= 320;
const isShare = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 1;
const isLimit = (value: unknown): value is number => LIMITS.some((limit) => limit === value);

/** Where unlabeled pictures are shown, and with them what is proposed for them. */
const PROPOSING: ReadonlySet<Mode | null> = new Set([null, 'random', 'diverse', 'uncertain']);

/** A theme at work: pictures in the middle, labels on the left, numbers on the right. */
export function Workbench({ theme }: { theme: ThemeDetail }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const address = useSearch({ from: '/shell/theme/$themeId' });
  const search: ThemeSearch = useMemo(() => readSearch(address), [address]);
  const onSearch = useCallback(
    (next: ThemeSearch, replace = false) =>
      void navigate({ to: '/theme/$themeId/', params: { themeId: String(theme.id) }, search: next, replace }),
    [navigate, theme.id],
  );
  const [size, setSize] = useChoice('minori.theme.size', 128, isSize);
  const [limit, setLimit] = useChoice('minori.theme.limit', 200, isLimit);
  const [splitting, setSplitting] = useState(false);
  const numbers = useQuery(statisticsQuery(theme.id));
  const [threshold, setThreshold] = useChoice(`minori.theme.${theme.id}.threshold`, 0.8, isShare);
  const arrival = useArrival(theme);
  // Keys are for the pictures only while no dialog is open.
  const active = !splitting && arrival.stage.kind !== 'asking';
  const bench = useWorkbench(theme, search, limit, onSearch, active, threshold);
  const { pages, selection, labeling, mode } = bench;
  const { overview, state: queue } = useQueue(theme.id, mode, pages.pictures, search.after ?? '');
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
  const viewOnly: ThemeSearch = useMemo(() => (search.view === undefined ? {} : { view: search.view }), [search.view]);
  const empty = numbers.data?.total === 0;
  const split = useCallback(() => setSplitting(true), []);
  const chooseMode = useCallback(
    (next: Mode) => onSearch({ ...viewOnly, ...(next === 'disputed' ? { disputed: true } : { queue: next }) }),
    [onSearch, viewOnly],
  );
  const chooseLimit = useCallback(
    (next: number) => {
      setLimit(next);
      const { page: _page, after: _after, ...rest } = search;
      onSearch(rest);
    },
    [onSearch, search, setLimit],
  );
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
    threshold,
    onShape: bench.cursor.setShape,
  };
  return (
    <Page
      title={theme.name}
      width="wide"
      fill
      crumbs={crumbs}
      {...(theme.description === null || theme.description === '' ? {} : { lead: theme.description })}
      actions={
        <Actions
          themeId={theme.id}
          arrival={arrival}
          labeling={labeling}
          readOnly={readOnly}
          empty={empty}
          onSplit={split}
        />
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
            {queue !== null && (
              <QueueBar theme={theme} queue={queue} keys={bench.keys} onLeave={() => onSearch(viewOnly)} />
            )}
            <Filters
              inQueue={mode !== null}
              chooser={<QueueChooser theme={theme} overview={overview} mode={mode} onMode={chooseMode} />}
              theme={theme}
              numbers={numbers.data}
              search={search}
              onSearch={onSearch}
              size={size}
              onSize={setSize}
            />
            <div className={css['bench']}>
              <aside className={`${css['dock']} ${css['left']}`} aria-label={t('themes.palette')}>
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
                {overview !== undefined && overview.prelabels > 0 && !readOnly && PROPOSING.has(mode) && (
                  <Proposals
                    themeId={theme.id}
                    filter={filterOf(search)}
                    threshold={threshold}
                    onThreshold={setThreshold}
                    keys={bench.keys}
                    labeling={labeling}
                    onShow={
                      mode === null && search.proposed !== threshold
                        ? () => onSearch(changed(search, { state: undefined, proposed: threshold }))
                        : null
                    }
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
                ) : pages.pictures.length === 0 && pages.query.error === null && mode !== null ? (
                  <Empty
                    icon="check"
                    title={t('themes.queues.finished')}
                    actions={
                      <Button variant="default" onClick={() => onSearch(viewOnly)}>
                        {t('themes.show_all')}
                      </Button>
                    }
                  >
                    {t('themes.queues.finished_text')}
                  </Empty>
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
                ) : mode === 'duplicates' && search.view !== 'table' ? (
                  <CopyGroups
                    {...browse}
                    theme={theme}
                    bulk={bench.bulk}
                    onLabel={(group, id) => labeling.give(group, id)}
                    onKeep={(picture) => bench.answer('keep', [picture])}
                  />
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
                // A queue is no filter: what it holds is chosen page by page.
                total={mode === null ? (pages.total ?? pages.pictures.length) : pages.pictures.length}
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
                onLimit={chooseLimit}
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
          mode={mode}
          threshold={threshold}
          onAssign={(picture, split) => void bench.bulk.assign([picture], split)}
          onAnswer={(how, picture) => bench.answer(how, [picture])}
          onOpen={(image) => onSearch({ ...search, image }, true)}
          onStep={bench.stepPicture}
          onClose={bench.closePicture}
        />
      )}
      {splitting && <SplitDialog theme={theme} onClose={() => setSplitting(false)} />}
    </Page>
  );
}

interface ActionsProps {
  themeId: number;
  arrival: Arrival;
  labeling: Labeling;
  readOnly: boolean;
  empty: boolean;
  onSplit: () => void;
}
/** Drawn once, and not again with every label. */
const Actions = memo(function Actions({ themeId, arrival, labeling, readOnly, empty, onSplit }: ActionsProps) {
  const { t } = useTranslation();
  return (
    <>
      {(['undo', 'redo'] as const).map((step) => (
        <ActionIcon
          key={step}
          size={36}
          variant="default"
          aria-label={t(`themes.actions.${step}`)}
          disabled={readOnly}
          onClick={labeling[step]}
        >
          <Icon name={step} />
        </ActionIcon>
      ))}
      {!readOnly && !empty && <PickButtons arrival={arrival} />}
      {!readOnly && (
        <Button variant="default" leftSection={<Icon name="split" size={16} />} disabled={empty} onClick={onSplit}>
          {t('themes.split_start')}
        </Button>
      )}
      <LinkButton
        variant="default"
        to="/theme/$themeId/settings/"
        params={{ themeId: String(themeId) }}
        leftSection={<Icon name="admin" size={16} />}
      >
        {t('themes.settings')}
      </LinkButton>
    </>
  );
});
