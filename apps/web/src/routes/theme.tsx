import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { themeQuery } from '../features/themes/queries.ts';
import { useThemeCrumbs } from '../features/themes/theme-crumbs.ts';
import { Workbench } from '../features/themes/workbench.tsx';
import { ProblemNote } from '../ui/notes.tsx';
import { Page } from '../ui/page.tsx';

export function ThemePage() {
  const { t } = useTranslation();
  const { themeId } = useParams({ from: '/shell/theme/$themeId' });
  const { data, error } = useQuery(themeQuery(Number(themeId)));
  const crumbs = useThemeCrumbs(data);
  if (data === undefined || error !== null)
    return (
      <Page title={t('themes.theme')} crumbs={crumbs} width="wide">
        {error === null ? <Skeleton h={480} /> : <ProblemNote error={error} />}
      </Page>
    );
  return <Workbench key={data.id} theme={data} />;
}
