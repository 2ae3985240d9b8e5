import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { AgreementView } from '../features/themes/agreement/agreement-view.tsx';
import { agreementQuery, themeQuery } from '../features/themes/queries.ts';
import { useThemeCrumbs } from '../features/themes/theme-crumbs.ts';
import { ProblemNote } from '../ui/notes.tsx';
import { Page } from '../ui/page.tsx';

/** How far people who labeled the same pictures of a theme say the same. */
export function ThemeAgreementPage() {
  const { t } = useTranslation();
  const { themeId } = useParams({ from: '/shell/theme/$themeId/agreement' });
  const theme = useQuery(themeQuery(Number(themeId)));
  const agreement = useQuery(agreementQuery(Number(themeId)));
  const crumbs = useThemeCrumbs(theme.data, t('themes.agreement.title'));
  const error = theme.error ?? agreement.error;
  return (
    <Page title={t('themes.agreement.title')} crumbs={crumbs} lead={t('themes.agreement.lead')} width="wide">
      {error !== null ? (
        <ProblemNote error={error} />
      ) : theme.data === undefined || agreement.data === undefined ? (
        <Skeleton h={320} />
      ) : (
        <AgreementView theme={theme.data} agreement={agreement.data} />
      )}
    </Page>
  );
}
