import type { ThemeImage } from '@minori/contract';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '../../../ui/icons.tsx';
import { fileUrl } from '../queries.ts';
import css from './browse.module.css';

export interface TileProps {
  themeId: number;
  picture: ThemeImage;
  id: string;
  place: number;
  count: number;
  label: string | null;
  /** What a model would say instead. */
  proposed: string | null;
  /** How sure, in words. */
  sure: string;
  /** Somebody has looked a second time. */
  settled: boolean;
  chosen: boolean;
  cursor: boolean;
  refused: boolean;
}
/** One picture of the grid. Drawn a thousand times over: only what changed is drawn again. */
export const PictureTile = memo(function PictureTile(props: TileProps) {
  const { themeId, picture, id, place, count, label, chosen, proposed, sure, settled, cursor, refused } = props;
  const { t } = useTranslation();
  const look = [css['tile'], chosen && css['chosen'], cursor && css['cursor'], refused && css['refused']];
  return (
    <div
      id={id}
      role="option"
      aria-selected={chosen}
      aria-setsize={count}
      aria-posinset={place + 1}
      data-place={place}
      className={look.filter(Boolean).join(' ')}
      title={picture.name}
    >
      <div className={css['plate']}>
        <img src={fileUrl(themeId, picture.id, 'thumb')} alt="" draggable={false} decoding="async" />
        <span className={css['check']} data-check aria-hidden="true">
          <Icon name="check" size={16} />
        </span>
        <span className="visually-hidden">{picture.name}, </span>
        {picture.split !== null && <span className={css['split']}>{t(`themes.splits.${picture.split}`)}</span>}
      </div>
      <div className={css['caption']}>
        {(label !== null || proposed === null) && (
          <span className={label === null ? css['open'] : css['labeled']}>{label ?? t('themes.unlabeled')}</span>
        )}
        {settled && <Icon name="check" size={12} />}
        {settled && <span className="visually-hidden">{t('themes.settled')}</span>}
        {proposed !== null && (
          <span className={css['proposed']} title={t('themes.proposals.says', { label: proposed, sure })}>
            {label !== null && '→ '}
            <i>{proposed}</i>
            {label === null && '?'} <small>{sure}</small>
          </span>
        )}
      </div>
    </div>
  );
});
