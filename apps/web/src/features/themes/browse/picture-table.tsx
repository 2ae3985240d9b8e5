import { Checkbox } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../ui/format.ts';
import { proposalOf } from '../labeling/answers.ts';
import { choosePage, extend, NOTHING, toggle } from '../labeling/selection.ts';
import { fileUrl } from '../queries.ts';
import css from './browse.module.css';
import type { BrowseProps } from './picture-grid.tsx';

const ROW = 44;

/** The same pictures as rows: who labeled what and when. */
export function PictureTable(props: BrowseProps) {
  const { themeId, pictures, names, selection, onSelection, cursor, onCursor, onPick, refused, threshold, onShape } =
    props;
  const { t } = useTranslation();
  const format = useFormat();
  const frame = useRef<HTMLDivElement>(null);
  const order = useMemo(() => pictures.map((picture) => picture.id), [pictures]);
  // oxlint-disable-next-line react/incompatible-library -- meant to be drawn again on every scroll
  const virtual = useVirtualizer({
    count: pictures.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW,
    overscan: 10,
  });
  const pageRows = Math.max(1, Math.floor((frame.current?.clientHeight ?? 600) / ROW));
  useEffect(() => onShape({ columns: 1, pageRows }), [onShape, pageRows]);
  useEffect(() => {
    if (cursor >= 0) virtual.scrollToIndex(cursor, { align: 'auto' });
  }, [virtual, cursor]);
  const all = pictures.length > 0 && pictures.every((picture) => selection.ids.has(picture.id));
  return (
    <div
      ref={frame}
      className={`${css['frame']} ${css['tableFrame']}`}
      tabIndex={0}
      role="region"
      aria-label={t('themes.pictures')}
    >
      <div role="table" aria-rowcount={pictures.length + 1} aria-label={t('themes.pictures')} className={css['table']}>
        <div role="rowgroup" className={css['lineHead']}>
          <div role="row" className={css['line']}>
            <span role="columnheader">
              <Checkbox
                aria-label={t('themes.select_page')}
                checked={all}
                indeterminate={!all && selection.ids.size > 0}
                onChange={() => onSelection(all ? NOTHING : choosePage(order))}
              />
            </span>
            <span role="columnheader">{t('themes.picture')}</span>
            <span role="columnheader">{t('themes.name')}</span>
            <span role="columnheader">{t('themes.label')}</span>
            <span role="columnheader">{t('themes.split')}</span>
            <span role="columnheader">{t('themes.labeled_by')}</span>
            <span role="columnheader">{t('themes.added')}</span>
          </div>
        </div>
        <div role="rowgroup" style={{ position: 'relative', height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const picture = pictures[item.index];
            if (picture === undefined) return null;
            const proposal = proposalOf(picture, threshold);
            const chosen = selection.ids.has(picture.id);
            const look = [
              css['line'],
              css['lineBody'],
              chosen && css['lineChosen'],
              item.index === cursor && css['lineCursor'],
              refused.has(picture.id) && css['lineRefused'],
            ];
            return (
              <div
                key={picture.id}
                role="row"
                aria-rowindex={item.index + 2}
                aria-current={item.index === cursor ? 'true' : undefined}
                className={look.filter(Boolean).join(' ')}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <span role="cell">
                  <Checkbox
                    aria-label={t('themes.select_one', { name: picture.name })}
                    checked={chosen}
                    onChange={() => onSelection(toggle(selection, picture.id))}
                    onClick={(event) => {
                      if (!event.shiftKey) return;
                      event.preventDefault();
                      onSelection(extend(selection, order, picture.id));
                    }}
                  />
                </span>
                <span role="cell">
                  <img src={fileUrl(themeId, picture.id, 'thumb')} alt="" className={css['mini']} decoding="async" />
                </span>
                <span role="cell">
                  <button
                    type="button"
                    className={css['plain']}
                    title={picture.name}
                    onClick={() => {
                      onCursor(item.index);
                      onPick(item.index);
                    }}
                  >
                    {picture.name}
                  </button>
                </span>
                <span role="cell">
                  {picture.label_id === null ? (
                    <span className={css['open']}>{t('themes.unlabeled')}</span>
                  ) : (
                    <b className={css['labeled']}>{names.get(picture.label_id) ?? '–'}</b>
                  )}
                  {proposal !== null && (
                    <span className={css['proposed']}>
                      {' → '}
                      <i>{names.get(proposal.label_id)}</i> <small>{format.percent(proposal.confidence)}</small>
                    </span>
                  )}
                </span>
                <span role="cell">{picture.split === null ? '–' : t(`themes.splits.${picture.split}`)}</span>
                <span role="cell">{picture.labeled_by ?? '–'}</span>
                <span role="cell">{format.dateTime(picture.uploaded_at)}</span>
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
