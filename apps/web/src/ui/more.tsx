import { Button } from '@mantine/core';
import type { CSSProperties } from 'react';
import { useTranslation } from 'react-i18next';

interface MoreProps {
  /** An infinite query. */
  list: { readonly hasNextPage: boolean; readonly isFetchingNextPage: boolean; fetchNextPage(): Promise<unknown> };
  style?: CSSProperties;
}

/** Below a list that grows by pages: the next one, while there is one. */
export function More({ list, style }: MoreProps) {
  const { t } = useTranslation();
  if (!list.hasNextPage) return null;
  return (
    <Button
      variant="default"
      size="compact-sm"
      loading={list.isFetchingNextPage}
      onClick={() => void list.fetchNextPage()}
      {...(style === undefined ? {} : { style })}
    >
      {t('common.more')}
    </Button>
  );
}
