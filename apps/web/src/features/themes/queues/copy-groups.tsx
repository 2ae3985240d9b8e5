import type { ThemeDetail, ThemeImage } from '@minori/contract';
import { Button } from '@mantine/core';
import { useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../ui/format.ts';
import { Icon } from '../../../ui/icons.tsx';
import type { BrowseProps } from '../browse/picture-grid.tsx';
import type { useBulk } from '../browse/use-bulk.ts';
import { groupsOf } from '../labeling/answers.ts';
import type { LabelId } from '../labeling/known.ts';
import { fileUrl, SPLITS } from '../queries.ts';
import css from './copies.module.css';

interface CopyGroupsProps extends BrowseProps {
  theme: ThemeDetail;
  bulk: ReturnType<typeof useBulk>;
  onLabel: (pictures: readonly ThemeImage[], label: LabelId) => void;
  onKeep: (picture: ThemeImage) => void;
}

/** Pictures that show the same, a group a card, with what is wrong about it and what can be done. */
export function CopyGroups(props: CopyGroupsProps) {
  const { pictures, cursor, onShape } = props;
  const { t } = useTranslation();
  const frame = useRef<HTMLDivElement>(null);
  const groups = useMemo(() => groupsOf(pictures), [pictures]);
  useEffect(() => onShape({ columns: 1, pageRows: 4 }), [onShape]);
  useEffect(() => {
    frame.current?.querySelector(`[data-place="${cursor}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [cursor]);
  return (
    <div ref={frame} className={css['frame']} role="region" tabIndex={0} aria-label={t('themes.pictures')}>
      {groups.map((group, at) => {
        const place = groups.slice(0, at).reduce((sum, { length }) => sum + length, 0);
        return <Group key={group[0]?.id} {...props} group={group} place={place} />;
      })}
    </div>
  );
}

function Group(props: CopyGroupsProps & { group: readonly ThemeImage[]; place: number }) {
  const { theme, group, place, names, cursor, onCursor, onPick, bulk, refused, onLabel, onKeep } = props;
  const { t } = useTranslation();
  const format = useFormat();
  const labels = [...new Set(group.flatMap(({ label_id: id }) => (id === null ? [] : [id])))];
  const splits = SPLITS.filter((split) => group.some((picture) => picture.split === split));
  const held = group.filter(({ quarantined }) => quarantined);
  const torn = splits.length > 1;
  const fine = group.some(({ decided }) => decided.includes('copies'));
  const readOnly = theme.role === 'viewer';
  // The largest one is the original, most likely; a picture of the test stays where scores were measured.
  const original = [...group].sort(
    (a, b) => Number(b.split === 'test') - Number(a.split === 'test') || b.width * b.height - a.width * a.height,
  )[0];
  const others = group.filter((picture) => picture !== original);
  const named = format.list(splits.map((split) => t(`themes.splits.${split}`)));
  return (
    <article
      className={css['group']}
      data-done={fine || undefined}
      aria-label={t('themes.copies.group', { count: group.length })}
    >
      <header>
        <b>{t('themes.copies.group', { count: group.length })}</b>
        {fine && (
          <span>
            <Icon name="check" size={12} /> {t('themes.copies.kept')}
          </span>
        )}
      </header>
      {(torn || labels.length > 1 || held.length > 0) && !fine && (
        <ul className={css['findings']}>
          {torn && <li>{t('themes.copies.torn', { splits: named })}</li>}
          {labels.length > 1 && (
            <li>{t('themes.copies.differ', { labels: format.list(labels.map((id) => names.get(id) ?? '–')) })}</li>
          )}
          {held.length > 0 && <li>{t('themes.copies.held', { count: held.length })}</li>}
        </ul>
      )}
      <div className={css['row']}>
        {group.map((picture, at) => {
          const look = [css['one'], place + at === cursor && css['cursor'], refused.has(picture.id) && css['refused']];
          return (
            <button
              key={picture.id}
              type="button"
              data-place={place + at}
              className={look.filter(Boolean).join(' ')}
              aria-current={place + at === cursor ? 'true' : undefined}
              onClick={() => {
                onCursor(place + at);
                onPick(place + at);
              }}
            >
              <img src={fileUrl(theme.id, picture.id, 'thumb')} alt="" loading="lazy" decoding="async" />
              <span className={css['name']}>{picture.name}</span>
              <span>
                <b>{picture.label_id === null ? t('themes.unlabeled') : (names.get(picture.label_id) ?? '–')}</b>
                {' · '}
                {picture.quarantined
                  ? t('themes.quarantined')
                  : picture.split === null
                    ? t('themes.no_split')
                    : t(`themes.splits.${picture.split}`)}
              </span>
              <small>
                {picture.width} × {picture.height}
                {picture === original && ` · ${t('themes.copies.stays')}`}
              </small>
            </button>
          );
        })}
      </div>
      {!readOnly && (
        <footer>
          <Button size="compact-xs" variant="default" disabled={fine} onClick={() => original && onKeep(original)}>
            {t('themes.copies.keep')}
          </Button>
          {labels.map(
            (id) =>
              group.some(({ label_id: label }) => label !== id) && (
                <Button key={id} size="compact-xs" variant="default" onClick={() => onLabel(group, id)}>
                  {t('themes.copies.label_all', { label: names.get(id) ?? '–' })}
                </Button>
              ),
          )}
          {held.length > 0 &&
            theme.role === 'owner' &&
            splits.map((split) => (
              <Button
                key={split}
                size="compact-xs"
                variant="default"
                disabled={bulk.busy}
                onClick={() => void bulk.assign(held, split)}
              >
                {t('themes.copies.put', { count: held.length, split: t(`themes.splits.${split}`) })}
              </Button>
            ))}
          {theme.role === 'owner' && (
            <Button
              size="compact-xs"
              variant="default"
              color="red"
              disabled={bulk.busy}
              leftSection={<Icon name="trash" size={12} />}
              onClick={() =>
                props.onSelection({ ids: new Set(others.map(({ id }) => id)), anchor: null, everything: false })
              }
            >
              {t('themes.copies.choose_others', { count: others.length })}
            </Button>
          )}
        </footer>
      )}
    </article>
  );
}
