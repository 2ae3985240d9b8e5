import { Button, Skeleton } from '@mantine/core';
import { type ErrorComponentProps, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Empty, ProblemNote } from '../ui/notes.tsx';
import { Page } from '../ui/page.tsx';

/** One page failed to draw; the rest of the application goes on. */
export function PageError({ error, reset }: ErrorComponentProps) {
  const { t } = useTranslation();
  return (
    <Page title={t('error.title')} width="narrow">
      <ProblemNote
        error={error}
        actions={
          <Button variant="default" onClick={reset}>
            {t('common.again')}
          </Button>
        }
      />
    </Page>
  );
}

export function PageMissing() {
  const { t } = useTranslation();
  return (
    <Page title={t('error.missing_title')} width="narrow">
      <Empty icon="search" title={t('error.missing')} actions={<Link to="/">{t('shell.to_home')}</Link>}>
        {t('error.missing_text')}
      </Empty>
    </Page>
  );
}

export function PagePending() {
  const { t } = useTranslation();
  return (
    <div style={{ padding: '48px 32px' }} role="status" aria-label={t('common.loading')}>
      <Skeleton h={28} w={240} mb={24} />
      <Skeleton h={280} />
    </div>
  );
}
