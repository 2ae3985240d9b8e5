import { ActionIcon, Popover, Skeleton } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '../../../ui/icons.tsx';

const SavedPreview = lazy(async () => ({ default: (await import('./saved-preview.tsx')).SavedPreview }));

/** Beside a large picture: what the saved settings make of it. */
export function PreviewToggle(props: {
  themeId: number;
  imageId: number;
  open: boolean;
  onOpen: (open: boolean) => void;
}) {
  const { themeId, imageId, open, onOpen } = props;
  const { t } = useTranslation();
  return (
    <Popover
      opened={open}
      onChange={onOpen}
      // The dialog around it hears Escape, wherever the focus is.
      closeOnEscape={false}
      width="min(640px, 92vw)"
      position="bottom-end"
      shadow="md"
      withArrow
    >
      <Popover.Target>
        <ActionIcon
          aria-label={t('pipeline.seen_by_model')}
          title={t('pipeline.seen_by_model')}
          onClick={() => onOpen(!open)}
        >
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
