import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Crumb } from '../../ui/page.tsx';

/** テーマ一覧 > theme > page. */
export function useThemeCrumbs(theme: { id: number; name: string } | undefined, page?: string): Crumb[] {
  const { t } = useTranslation();
  return useMemo(() => {
    const home = { label: t('themes.list'), to: '/' };
    if (theme === undefined) return page === undefined ? [home] : [home, { label: page }];
    if (page === undefined) return [home, { label: theme.name }];
    return [home, { label: theme.name, to: `/theme/${theme.id}/` }, { label: page }];
  }, [t, theme, page]);
}
