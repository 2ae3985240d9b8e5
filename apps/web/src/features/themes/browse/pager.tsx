import { Button, Select } from '@mantine/core';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../ui/format.ts';
import { Icon } from '../../../ui/icons.tsx';
import css from './filters.module.css';

export const LIMITS = [100, 200, 500] as const;
interface PagerProps {
  page: number;
  limit: number;
  shown: number;
  total: number | null;
  onPrevious: (() => void) | null;
  onNext: (() => void) | null;
  onLimit: (limit: number) => void;
}

export const Pager = memo(function Pager({ page, limit, shown, total, onPrevious, onNext, onLimit }: PagerProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const pages = total === null ? null : Math.max(page, Math.ceil(total / limit));
  return (
    <nav className={css['pager']} aria-label={t('themes.pages')}>
      <Button
        size="compact-sm"
        variant="default"
        disabled={onPrevious === null}
        onClick={() => onPrevious?.()}
        leftSection={<Icon name="right" size={14} style={{ transform: 'scaleX(-1)' }} />}
      >
        {t('themes.previous_page')}
      </Button>
      <span role="status">
        {pages === null
          ? t('themes.page', { page: format.number(page) })
          : t('themes.page_of', { page: format.number(page), pages: format.number(pages) })}
        {' · '}
        {t('themes.shown', {
          count: total ?? shown,
          shown: format.number(shown),
          total: format.number(total ?? shown),
        })}
      </span>
      <Button
        size="compact-sm"
        variant="default"
        disabled={onNext === null}
        onClick={() => onNext?.()}
        rightSection={<Icon name="right" size={14} />}
      >
        {t('themes.next_page')}
      </Button>
      <span className={css['grow']} />
      <Select
        size="xs"
        w={128}
        aria-label={t('themes.per_page')}
        allowDeselect={false}
        value={String(limit)}
        data={LIMITS.map((value) => ({ value: String(value), label: t('themes.per_page_value', { count: value }) }))}
        onChange={(next) => onLimit(Number(next))}
      />
    </nav>
  );
});
