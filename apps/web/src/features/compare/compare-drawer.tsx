import { Drawer, Skeleton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { LinkButton } from '../../ui/link-button.tsx';
import { ProblemNote } from '../../ui/notes.tsx';
import { Scroll } from '../../ui/page.tsx';
import { CompareTable } from './compare-table.tsx';
import { useCompared } from './use-compared.ts';

function Differences({ ids }: { ids: readonly number[] }) {
  const { t } = useTranslation();
  const { pairs, pending, errors } = useCompared(ids);
  if (pending) return <Skeleton h={280} />;
  return (
    <>
      {errors.map((error) => (
        <ProblemNote key={error.message} error={error} />
      ))}
      <Scroll label={t('compare.differences')}>
        <CompareTable pairs={pairs} all={false} />
      </Scroll>
    </>
  );
}

/** A quick look at what differs between runs, without leaving the list. */
export function CompareDrawer({
  ids,
  opened,
  onClose,
}: {
  ids: readonly number[];
  opened: boolean;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      position="right"
      size="xl"
      title={t('compare.differences')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {opened && ids.length > 1 && (
        <div style={{ display: 'grid', gap: 16 }}>
          <LinkButton
            to="/compare/"
            search={{ ids: ids.join(',') }}
            size="compact-sm"
            variant="default"
            style={{ justifySelf: 'start' }}
          >
            {t('history.compare_open')}
          </LinkButton>
          <Differences ids={ids} />
        </div>
      )}
    </Drawer>
  );
}
