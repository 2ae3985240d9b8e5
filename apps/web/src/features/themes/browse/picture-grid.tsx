import type { ThemeImage } from '@minori/contract';
import { useElementSize, useMergedRef } from '@mantine/hooks';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type MouseEvent, useEffect, useId, useLayoutEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../ui/format.ts';
import { proposalOf } from '../labeling/answers.ts';
import { caught, shapeOf } from '../labeling/layout.ts';
import { extend, lasso, type Selection, toggle } from '../labeling/selection.ts';
import css from './browse.module.css';
import { PictureTile } from './picture-tile.tsx';
import { useLasso } from './use-lasso.ts';

export interface BrowseProps {
  themeId: number;
  pictures: readonly ThemeImage[];
  names: ReadonlyMap<number, string>;
  selection: Selection;
  onSelection: (next: Selection) => void;
  cursor: number;
  onCursor: (place: number) => void;
  /** A plain click on a picture. */
  onPick: (place: number) => void;
  refused: ReadonlySet<number>;
  /** How sure a proposal must be to be shown. */
  threshold: number;
  /** How many rows and columns are in sight, for the arrow keys. */
  onShape: (shape: { columns: number; pageRows: number }) => void;
}

/** All pictures of a page as tiles; only the rows in sight are in the document. */
export function PictureGrid({ size, ...props }: BrowseProps & { size: number }) {
  const { themeId, pictures, names, selection, onSelection, cursor, onCursor, onPick, refused, threshold, onShape } =
    props;
  const { t } = useTranslation();
  const format = useFormat();
  const base = useId();
  const frame = useRef<HTMLDivElement>(null);
  const space = useRef<HTMLDivElement>(null);
  const measured = useElementSize<HTMLDivElement>();
  const spaceRef = useMergedRef(space, measured.ref);
  const { width } = measured;
  const shape = useMemo(() => shapeOf(width, size, pictures.length), [width, size, pictures.length]);
  const order = useMemo(() => pictures.map((picture) => picture.id), [pictures]);
  // oxlint-disable-next-line react/incompatible-library -- meant to be drawn again on every scroll
  const virtual = useVirtualizer({
    count: width === 0 ? 0 : shape.rows,
    getScrollElement: () => frame.current,
    estimateSize: () => shape.rowHeight,
    overscan: 4,
  });
  useLayoutEffect(() => {
    virtual.measure();
  }, [virtual, shape.rowHeight]);
  const { columns } = shape;
  const pageRows = Math.max(1, Math.floor((frame.current?.clientHeight ?? 600) / shape.rowHeight));
  useEffect(() => onShape({ columns, pageRows }), [onShape, columns, pageRows]);
  // The cursor is always in sight; a click has put it where it is in sight already.
  useEffect(() => {
    if (cursor < 0 || width === 0) return;
    // The virtualizer measures the document before it scrolls, which costs more than the rest of a key press.
    const row = Math.floor(cursor / columns);
    const from = virtual.scrollOffset ?? 0;
    const height = virtual.scrollRect?.height ?? 0;
    const [top, bottom] = [row * shape.rowHeight, (row + 1) * shape.rowHeight];
    if (top < from || bottom > from + height) virtual.scrollToIndex(row, { align: 'auto' });
  }, [virtual, cursor, columns, width, shape.rowHeight]);

  const before = useRef(selection);
  const box = useLasso({
    frame,
    space,
    onStart: () => (before.current = selection),
    onBox: (drawn, joined) => {
      const ids = caught(shape, pictures.length, drawn).flatMap((place) => order[place] ?? []);
      onSelection(lasso(before.current, ids, joined));
    },
    onCancel: () => onSelection(before.current),
  });
  const click = (event: MouseEvent<HTMLElement>) => {
    if (box.swallowed()) return;
    const target = event.target instanceof Element ? event.target : null;
    const tile = target?.closest<HTMLElement>('[data-place]');
    const place = tile === null || tile === undefined ? -1 : Number(tile.dataset['place']);
    const picture = pictures[place];
    if (picture === undefined) return;
    onCursor(place);
    if (event.shiftKey) onSelection(extend(selection, order, picture.id));
    else if (event.ctrlKey || event.metaKey || target?.closest('[data-check]') instanceof Element)
      onSelection(toggle(selection, picture.id));
    else onPick(place);
  };

  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- keys are heard on the window: use-keys.ts
    <div
      ref={frame}
      className={css['frame']}
      role="listbox"
      tabIndex={0}
      aria-multiselectable
      aria-label={t('themes.pictures')}
      aria-activedescendant={cursor >= 0 && cursor < pictures.length ? `${base}-${cursor}` : undefined}
      onClick={click}
      {...box.handlers}
    >
      <div ref={spaceRef} className={css['space']} role="presentation" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((row) => (
          <div
            key={row.key}
            role="presentation"
            className={css['row']}
            style={{
              transform: `translateY(${row.start}px)`,
              height: shape.rowHeight - 8,
              gridTemplateColumns: `repeat(${columns}, ${shape.tile}px)`,
            }}
          >
            {pictures.slice(row.index * columns, (row.index + 1) * columns).map((picture, at) => {
              const place = row.index * columns + at;
              const proposal = proposalOf(picture, threshold);
              return (
                <PictureTile
                  key={picture.id}
                  themeId={themeId}
                  picture={picture}
                  id={`${base}-${place}`}
                  place={place}
                  count={pictures.length}
                  label={picture.label_id === null ? null : (names.get(picture.label_id) ?? null)}
                  proposed={proposal === null ? null : (names.get(proposal.label_id) ?? null)}
                  sure={proposal === null ? '' : format.percent(proposal.confidence)}
                  settled={picture.decided.includes('label')}
                  chosen={selection.ids.has(picture.id)}
                  cursor={place === cursor}
                  refused={refused.has(picture.id)}
                />
              );
            })}
          </div>
        ))}
        {box.box !== null && (
          <div
            className={css['lasso']}
            style={{
              left: box.box.left,
              top: box.box.top,
              width: box.box.right - box.box.left,
              height: box.box.bottom - box.box.top,
            }}
          />
        )}
      </div>
    </div>
  );
}
