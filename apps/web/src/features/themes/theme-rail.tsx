import { useQuery } from '@tanstack/react-query';
import { Link, useRouterState } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Icon } from '../../ui/icons.tsx';
import { themeQuery } from './queries.ts';
import css from './theme-rail.module.css';

/** The theme whose page is open, from the address; null on all other pages. */
export function useThemeId(): number | null {
  return useRouterState({
    select: (state) => {
      const found = /^\/theme\/(\d+)\//.exec(state.location.pathname)?.[1];
      return found === undefined ? null : Number(found);
    },
  });
}

/** The name of the theme in the top bar. */
export function CurrentTheme() {
  const id = useThemeId();
  return id === null ? null : <Named id={id} />;
}
function Named({ id }: { id: number }) {
  const { data } = useQuery(themeQuery(id));
  if (data === undefined) return null;
  return (
    <Link to="/theme/$themeId/" params={{ themeId: String(id) }} className={css['name']}>
      <Icon name="picture" size={16} />
      <span>{data.name}</span>
    </Link>
  );
}

/** Named by the specification, and not there yet: said so, never a dead link. */
const LATER = [
  { id: 'training_config', icon: 'chip' },
  { id: 'training_run', icon: 'play' },
  { id: 'training_history', icon: 'history' },
  { id: 'inference', icon: 'bolt' },
] as const;

/** The places of one theme, below the main pages. Those of training add their lines here. */
export function ThemeRail({ onGo }: { onGo: (() => void) | undefined }) {
  const id = useThemeId();
  return id === null ? null : <Places id={id} onGo={onGo} />;
}
function Places({ id, onGo }: { id: number; onGo: (() => void) | undefined }) {
  const { t } = useTranslation();
  const { data } = useQuery(themeQuery(id));
  const params = { themeId: String(id) };
  const click = onGo === undefined ? {} : { onClick: onGo };
  return (
    <li className={css['places']}>
      <span className={css['head']} id="theme-places">
        {data?.name ?? t('themes.theme')}
      </span>
      <ul aria-labelledby="theme-places">
        <li>
          <Link
            to="/theme/$themeId/"
            params={params}
            search={{}}
            activeOptions={{ exact: true, includeSearch: true }}
            {...click}
          >
            <Icon name="tiles" />
            {t('themes.places.pictures')}
          </Link>
        </li>
        <li>
          <Link
            to="/theme/$themeId/"
            params={params}
            search={{ state: 'unlabeled' }}
            activeOptions={{ exact: true, includeSearch: true }}
            {...click}
          >
            <Icon name="tag" />
            {t('themes.places.label')}
          </Link>
        </li>
        <li>
          <Link to="/theme/$themeId/settings/" params={params} {...click}>
            <Icon name="admin" />
            {t('themes.places.settings')}
          </Link>
        </li>
        <li>
          <Link to="/theme/$themeId/data/" params={params} {...click}>
            <Icon name="data" />
            {t('themes.places.data')}
          </Link>
        </li>
        {LATER.map(({ id: place, icon }) => (
          <li key={place}>
            <span className={css['later']} aria-disabled="true">
              <Icon name={icon} />
              {t(`themes.places.${place}`)}
            </span>
          </li>
        ))}
      </ul>
      <p className={css['note']}>{t('themes.places_later')}</p>
    </li>
  );
}
