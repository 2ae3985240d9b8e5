import { Menu, useMantineColorScheme } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { post } from '../../api/client.ts';
import { meQuery } from '../../api/queries.ts';
import { currentLanguage, setLanguage } from '../../i18n/index.ts';
import { restartStream } from '../../live/client.ts';
import { Icon } from '../../ui/icons.tsx';
import { endArrivals } from '../themes/upload/arrivals.ts';
import css from './shell.module.css';

export function LanguageButton() {
  const { t } = useTranslation();
  const other = currentLanguage() === 'ja' ? 'en' : 'ja';
  return (
    <button
      type="button"
      className={css['chip']}
      lang={other}
      aria-label={t('shell.switch_language')}
      onClick={() => void setLanguage(other)}
    >
      <Icon name="language" size={16} />
      {other === 'ja' ? '日本語' : 'English'}
    </button>
  );
}

const SCHEMES = [
  { id: 'light', icon: 'sun' },
  { id: 'dark', icon: 'moon' },
  { id: 'auto', icon: 'screen' },
] as const;

export function SchemeMenu() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const shown = SCHEMES.find((scheme) => scheme.id === colorScheme) ?? SCHEMES[2];
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <button
          type="button"
          className={css['chip']}
          aria-label={t('shell.scheme', { name: t(`shell.schemes.${shown.id}`) })}
        >
          <Icon name={shown.icon} size={18} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {SCHEMES.map((scheme) => (
          <Menu.Item
            key={scheme.id}
            leftSection={<Icon name={scheme.icon} size={16} />}
            rightSection={scheme.id === shown.id ? <Icon name="check" size={14} /> : null}
            onClick={() => setColorScheme(scheme.id)}
          >
            {t(`shell.schemes.${scheme.id}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

export function useSignOut(): () => Promise<void> {
  const client = useQueryClient();
  const navigate = useNavigate();
  return async () => {
    await post('/api/auth/sign-out').catch(() => null);
    endArrivals();
    client.clear();
    restartStream();
    await navigate({ to: '/login/' });
  };
}

export function UserMenu({ onShortcuts }: { onShortcuts: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const signOut = useSignOut();
  const { data: me } = useQuery(meQuery);
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <button
          type="button"
          className={css['chip']}
          aria-label={t('shell.user_menu', { name: me?.user.username ?? '' })}
        >
          <Icon name="user" size={18} />
          <span className={css['onlyWide']}>{me?.user.username ?? ''}</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {me !== undefined && (
          <Menu.Label>
            {me.user.username} · {t(`roles.${me.user.role}`)}
          </Menu.Label>
        )}
        <Menu.Item leftSection={<Icon name="help" size={16} />} onClick={() => void navigate({ to: '/help/' })}>
          {t('nav.help')}
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="keyboard" size={16} />} onClick={onShortcuts}>
          {t('shortcuts.title')}
        </Menu.Item>
        <Menu.Item
          leftSection={<Icon name="key" size={16} />}
          onClick={() => void navigate({ to: '/admin/', search: { tab: 'keys' } })}
        >
          {t('shell.account')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<Icon name="logout" size={16} />} onClick={() => void signOut()}>
          {t('shell.sign_out')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
