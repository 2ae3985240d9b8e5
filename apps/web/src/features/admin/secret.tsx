import { Button, CopyButton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Icon } from '../../ui/icons.tsx';
import { Note } from '../../ui/notes.tsx';
import css from './admin.module.css';

/** Something that is shown once: a link or a key, ready to be copied. */
export function Secret({
  title,
  text,
  value,
  onClose,
}: {
  title: string;
  text: string;
  value: string;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  return (
    <Note tone="good" title={title} live>
      <p style={{ color: 'var(--ink-2)' }}>{text}</p>
      <div className={css['secret']}>
        <code>{value}</code>
        <CopyButton value={value}>
          {({ copied, copy }) => (
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<Icon name={copied ? 'check' : 'copy'} size={14} />}
              onClick={copy}
            >
              {copied ? t('admin.copied') : t('common.copy')}
            </Button>
          )}
        </CopyButton>
        <Button size="compact-sm" variant="subtle" onClick={onClose}>
          {t('common.close')}
        </Button>
      </div>
    </Note>
  );
}
