import { Button, Progress } from '@mantine/core';
import { type DragEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../ui/format.ts';
import { Icon } from '../../ui/icons.tsx';
import css from './datasets.module.css';
import type { UploadState } from './use-upload.ts';

interface DropZoneProps {
  onFile: (file: File) => void;
  compact?: boolean;
  title?: string;
}
/** Drop a file, or press the button; both do the same. */
export function DropZone({ onFile, compact = false, title }: DropZoneProps) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const drag = (on: boolean) => (event: DragEvent) => {
    event.preventDefault();
    setOver(on);
  };
  return (
    <div
      className={`${css['drop']} ${over ? css['dropOver'] : ''} ${compact ? css['compact'] : ''}`}
      onDragOver={drag(true)}
      onDragLeave={drag(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const file = event.dataTransfer.files[0];
        if (file !== undefined) onFile(file);
      }}
    >
      {!compact && <Icon name="upload" size={28} strokeWidth={1.3} color="var(--accent)" />}
      <strong>{title ?? t('upload.drop')}</strong>
      <p>{t('upload.kinds')}</p>
      <Button variant={compact ? 'default' : 'filled'} onClick={() => input.current?.click()}>
        {t('upload.choose')}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        data-testid="file-input"
        aria-label={t('upload.choose')}
        accept=".csv,.tsv,.txt,.xlsx,.parquet"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = '';
          if (file !== undefined) onFile(file);
        }}
      />
    </div>
  );
}

export function UploadProgress({
  state,
  onCancel,
}: {
  state: Extract<UploadState, { kind: 'sending' }>;
  onCancel: () => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const reading = state.fraction >= 1;
  return (
    <div className={css['uploading']} role="status">
      <span>
        <b>{state.name}</b> ·{' '}
        {reading
          ? t('upload.reading')
          : t('upload.sending', { share: format.percent(state.fraction), size: format.bytes(state.bytes) })}
      </span>
      <Progress
        value={Math.round(state.fraction * 100)}
        animated={reading}
        size={6}
        aria-label={t('upload.progress', { name: state.name })}
      />
      <Button variant="subtle" size="compact-sm" style={{ justifySelf: 'start' }} onClick={onCancel}>
        {t('upload.cancel')}
      </Button>
    </div>
  );
}
