import { ActionIcon, Popover, Skeleton } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '../../../ui/icons.tsx';

const SavedPreview = lazy(async () => ({ default: (await import('./saved-preview.tsx')).SavedPreview }));

/** Beside a large picture: what the saved settings make of it. */
export function PreviewToggle({ themeId, imageId }: { themeId: number; imageId: number }) {
  const { t } = useTranslation();
  return (
    <Popover width="min(640px, 92vw)" position="bottom-end" shadow="md" withArrow>
      <Popover.Target>
        <ActionIcon aria-label={t('pipeline.seen_by_model')} title={t('pipeline.seen_by_model')}>
          <Icon name="chip" size={16} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <Suspense fallback={<Skeleton h={160} />}>
          <SavedPreview themeId={themeId} imageId={imageId} />
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  );
}
