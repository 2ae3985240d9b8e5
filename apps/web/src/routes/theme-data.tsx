import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ThemeData } from '../features/themes/data/data-page.tsx';
import { themeQuery } from '../features/themes/queries.ts';
import { useThemeCrumbs } from '../features/themes/theme-crumbs.ts';
import { ProblemNote } from '../ui/notes.tsx';
import { Page } from '../ui/page.tsx';

export function ThemeDataPage() {
  const { t } = useTranslation();
  const { themeId } = useParams({ from: '/shell/theme/$themeId/data' });
  const { data, error } = useQuery(themeQuery(Number(themeId)));
  const crumbs = useThemeCrumbs(data, t('themedata.title'));
  if (data !== undefined && error === null) return <ThemeData key={data.id} theme={data} />;
  return (
    <Page title={t('themedata.title')} crumbs={crumbs}>
      {error === null ? <Skeleton h={320} /> : <ProblemNote error={error} />}
    </Page>
  );
}
