import { Drawer } from '@mantine/core';
import type { Run } from '@minori/contract';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { meQuery, setupQuery } from '../../api/queries.ts';
import { useLiveLists, useStreamState } from '../../live/hooks.ts';
import { Icon } from '../../ui/icons.tsx';
import { LogoMark } from '../../ui/logo.tsx';
import { toast } from '../../ui/toast.tsx';
import { CurrentTheme, ThemeRail } from '../themes/theme-rail.tsx';
import { CommandPalette } from './command-palette.tsx';
import { PLACES } from './navigation.ts';
import { ProjectSwitcher } from './project.tsx';
import { RunTray } from './run-tray.tsx';
import css from './shell.module.css';
import { Shortcuts } from './shortcuts.tsx';
import { LanguageButton, SchemeMenu, UserMenu } from './top-menus.tsx';

function Rail({ onGo }: { onGo?: () => void }) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const admin = me?.user.role === 'admin';
  const inThemes = useRouterState({ select: (state) => state.location.pathname.startsWith('/theme/') });
  return (
    <ul className={css['links']}>
      {PLACES.filter((place) => place.id !== 'admin' || admin).map((place) => (
        <li key={place.id}>
          <Link
            to={place.to}
            {...(place.hash === undefined ? {} : { hash: place.hash })}
            activeOptions={{ exact: place.to === '/', includeHash: place.to === '/' }}
            {...(place.id === 'images' && inThemes ? { 'data-status': 'active' } : {})}
            {...(onGo === undefined ? {} : { onClick: onGo })}
          >
            <Icon name={place.icon} />
            {t(`nav.${place.id}`)}
          </Link>
        </li>
      ))}
      <ThemeRail onGo={onGo} />
    </ul>
  );
}

/** One line under the bar when something needs to be known: no connection, or the engine still installs. */
function Banner() {
  const { t } = useTranslation();
  const stream = useStreamState();
  const { data: setup } = useQuery(setupQuery);
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (stream !== 'lost') {
      setLate(false);
      return;
    }
    const timer = setTimeout(() => setLate(true), 1500);
    return () => clearTimeout(timer);
  }, [stream]);
  if (late)
    return (
      <div className={css['banner']} role="status">
        <Icon name="refresh" size={16} />
        {t('shell.reconnecting')}
      </div>
    );
  const step = setup?.steps.find((s) => s.state === 'failed') ?? setup?.steps.find((s) => s.state === 'running');
  if (setup !== undefined && !setup.ready && step !== undefined)
    return (
      <div className={css['banner']} role="status">
        <Icon name={step.state === 'failed' ? 'alert' : 'clock'} size={16} />
        <span>
          {step.state === 'failed' ? t('shell.setup_failed') : t('shell.setup_running')}{' '}
          {t(`setup.steps.${step.id}.title`)}
          {step.fraction !== null && step.state === 'running' ? ` ${Math.round(step.fraction * 100)}%` : ''}
        </span>
        <Link to="/setup/">{t('shell.setup_look')}</Link>
      </div>
    );
  return null;
}

export function Shell() {
  const { t } = useTranslation();
  const client = useQueryClient();
  useLiveLists((rootId, status) => {
    // The page that shows the run says so itself.
    if (location.pathname.startsWith(`/runs/${rootId}/`)) return;
    const run = client.getQueryData<Run[]>(['runs', 'active'])?.find((held) => held.id === rootId);
    if (run !== undefined && run.kind !== 'ingest')
      toast(
        status === 'failed' ? 'error' : 'good',
        t('shell.run_ended', { name: run.name, status: t(`status.${status}`) }),
      );
  });
  const [menu, setMenu] = useState(false);
  const [palette, setPalette] = useState(false);
  const [keys, setKeys] = useState(false);
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const first = useRef(true);
  // A new page is announced and read from its top, as a full page load would be.
  useEffect(() => {
    if (first.current) first.current = false;
    else main.current?.focus({ preventScroll: true });
  }, [path]);

  return (
    <div className={`${css['frame']} ${css['withBanner']}`}>
      <a className={css['skip']} href="#main">
        {t('shell.skip')}
      </a>
      <header className={css['bar']}>
        <button
          type="button"
          className={`${css['chip']} ${css['onlyNarrow']}`}
          aria-label={t('shell.menu')}
          onClick={() => setMenu(true)}
        >
          <Icon name="menu" size={20} />
        </button>
        <Link to="/" className={css['brand']} title={t('shell.to_home')}>
          <LogoMark />
          <span>Minori</span>
          <small className={css['onlyWide']} lang="ja">
            実り
          </small>
        </Link>
        <span className={css['onlyWide']}>
          <ProjectSwitcher />
        </span>
        <CurrentTheme />
        <span className={css['grow']} />
        <button
          type="button"
          className={`${css['chip']} ${css['search']} ${css['onlyWide']}`}
          onClick={() => setPalette(true)}
        >
          <Icon name="search" size={16} />
          {t('palette.open')}
          <kbd>{navigator.platform.startsWith('Mac') ? '⌘' : 'Ctrl'} K</kbd>
        </button>
        <RunTray />
        <span className={css['onlyWide']}>
          <LanguageButton />
        </span>
        <span className={css['onlyWide']}>
          <SchemeMenu />
        </span>
        <UserMenu onShortcuts={() => setKeys(true)} />
      </header>
      <div style={{ gridColumn: '1 / -1' }}>
        <Banner />
      </div>
      <nav className={css['rail']} aria-label={t('shell.navigation')}>
        <Rail />
      </nav>
      <main id="main" className={css['main']} tabIndex={-1} ref={main}>
        <Outlet />
      </main>
      <Drawer
        opened={menu}
        onClose={() => setMenu(false)}
        size={264}
        title={<LogoMark />}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <nav aria-label={t('shell.navigation')}>
          <Rail onGo={() => setMenu(false)} />
        </nav>
        <div className={css['railFoot']}>
          <ProjectSwitcher />
          <LanguageButton />
          <SchemeMenu />
        </div>
      </Drawer>
      <CommandPalette opened={palette} onClose={() => setPalette(false)} />
      <Shortcuts
        opened={keys}
        onOpen={() => setKeys(true)}
        onClose={() => setKeys(false)}
        onPalette={() => setPalette(true)}
      />
    </div>
  );
}
