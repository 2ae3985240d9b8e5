import { type DragEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '../../../ui/icons.tsx';
import { toast } from '../../../ui/toast.tsx';
import { ArrivalNote } from './arrival-note.tsx';
import css from './drop-frame.module.css';
import { fromDrop } from './gather.ts';
import { ImportDialog } from './import-dialog.tsx';
import { PickFields } from './pick-buttons.tsx';
import type { Arrival } from './use-arrival.ts';

const carriesFiles = (event: DragEvent) => event.dataTransfer.types.includes('Files');

/** The whole page takes what is dropped on it. */
export function DropFrame({
  arrival,
  labels,
  disabled,
  children,
}: {
  arrival: Arrival;
  /** Names of the theme's labels. */
  labels: readonly string[];
  disabled: boolean;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  const [over, setOver] = useState(0);
  if (disabled) return <div className={css['frame']}>{children}</div>;
  return (
    <div
      className={css['frame']}
      data-testid="drop-frame"
      onDragEnter={(event) => carriesFiles(event) && setOver((depth) => depth + 1)}
      onDragLeave={(event) => carriesFiles(event) && setOver((depth) => Math.max(0, depth - 1))}
      onDragOver={(event) => carriesFiles(event) && event.preventDefault()}
      onDrop={(event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        setOver(0);
        void fromDrop(event.dataTransfer).then(({ files, unreadable }) => {
          if (unreadable.length > 0) toast('warning', t('themes.unreadable', { names: unreadable.join(', ') }));
          arrival.take(files);
        });
      }}
    >
      <PickFields arrival={arrival} />
      <ImportDialog arrival={arrival} names={labels} />
      <ArrivalNote arrival={arrival} />
      {children}
      {over > 0 && (
        <div className={css['over']} aria-hidden="true">
          <Icon name="upload" size={36} strokeWidth={1.3} />
          {t('themes.drop_here')}
        </div>
      )}
    </div>
  );
}
