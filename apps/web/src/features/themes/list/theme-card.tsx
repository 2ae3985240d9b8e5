import type { Theme } from '@minori/contract';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../ui/format.ts';
import { Icon } from '../../../ui/icons.tsx';
import { Table } from '../../../ui/table.tsx';
import { fileUrl } from '../queries.ts';
import css from './list.module.css';

/** What to do next in a theme, by what it lacks. */
export function nextStep(theme: Theme): 'add_pictures' | 'add_labels' | 'label' | 'split' | 'ready' {
  const { counts } = theme;
  if (counts.images === 0) return 'add_pictures';
  if (theme.labels === 0) return 'add_labels';
  if (counts.unlabeled > 0) return 'label';
  return counts.unassigned > 0 ? 'split' : 'ready';
}

export function ThemeCard({ theme }: { theme: Theme }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { counts } = theme;
  return (
    <li className={css['card']}>
      <div className={css['covers']} aria-hidden="true">
        {theme.covers.slice(0, 4).map((image) => (
          <img key={image} src={fileUrl(theme.id, image, 'thumb')} alt="" loading="lazy" decoding="async" />
        ))}
        {theme.covers.length === 0 && <Icon name="picture" size={28} strokeWidth={1.2} />}
      </div>
      <div className={css['cardBody']}>
        <Link to="/theme/$themeId/" params={{ themeId: String(theme.id) }} className={css['name']}>
          {theme.name}
        </Link>
        {theme.description !== null && theme.description !== '' && <p className={css['about']}>{theme.description}</p>}
        <span
          className={css['progress']}
          role="progressbar"
          aria-label={t('themes.labeled_share', { name: theme.name })}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.round(counts.progress * 100)}
        >
          <i style={{ width: `${counts.progress * 100}%` }} />
        </span>
        <p className={css['facts']}>
          {t('themes.card_line', {
            share: format.percent(counts.progress),
            images: format.number(counts.images),
            count: counts.images,
            labels: format.number(theme.labels),
          })}
        </p>
        <p className={css['next']}>{t(`themes.next_step.${nextStep(theme)}`, { count: counts.unlabeled })}</p>
      </div>
    </li>
  );
}

/** The same themes as rows. */
export function ThemeRows({ themes }: { themes: readonly Theme[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Table
      label={t('themes.list')}
      columns={[
        { title: t('themes.theme') },
        { title: t('themes.pictures'), numeric: true },
        { title: t('themes.labels'), numeric: true },
        { title: t('themes.labeled'), numeric: true },
        { title: t('themes.next') },
        { title: t('themes.changed') },
      ]}
    >
      {themes.map((theme) => (
        <tr key={theme.id}>
          <td>
            <Link to="/theme/$themeId/" params={{ themeId: String(theme.id) }} className={css['name']}>
              {theme.name}
            </Link>
          </td>
          <td className="num">{format.number(theme.counts.images)}</td>
          <td className="num">{format.number(theme.labels)}</td>
          <td className="num">{format.percent(theme.counts.progress)}</td>
          <td>{t(`themes.next_step.${nextStep(theme)}`, { count: theme.counts.unlabeled })}</td>
          <td className="line">{format.ago(theme.updated_at)}</td>
        </tr>
      ))}
    </Table>
  );
}
