import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { LanguageButton, SchemeMenu } from '../features/shell/top-menus.tsx';
import { LogoMark } from '../ui/logo.tsx';
import css from './door.module.css';

/** The frame of the pages before the shell: sign in, set up, set a password. */
export function Door({ wide = false, children }: { wide?: boolean; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className={css['door']}>
      <div className={css['top']}>
        <LanguageButton />
        <SchemeMenu />
      </div>
      <main className={`${css['inner']} ${wide ? css['wide'] : ''}`}>
        <div className={css['brand']}>
          <LogoMark size={40} />
          <span>
            Minori <small lang="ja">実り</small>
            <br />
            <small>{t('app.tagline')}</small>
          </span>
        </div>
        {children}
      </main>
    </div>
  );
}
