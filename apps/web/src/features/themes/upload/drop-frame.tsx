import { type DragEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '../../../ui/icons.tsx';
import { toast } from '../../../ui/toast.tsx';
import css from './drop-frame.module.css';
import { fromDrop, type Gathered } from './gather.ts';
import { FolderQuestion, SendingNote } from './upload-panel.tsx';
import { useSending } from './use-sending.ts';

/** From files in hand to pictures in the theme: asks about folders, sends, tells. */
export function useArrival(themeId: number) {
  const flow = useSending(themeId);
  const [asked, setAsked] = useState<Gathered[] | null>(null);
  return {
    flow,
    asked,
    sending: flow.state.kind === 'sending',
    take(files: Gathered[]) {
      if (files.length === 0) return;
      if (files.some(({ path }) => path.includes('/'))) setAsked(files);
      else void flow.start(files, 'none');
    },
    answer(labels: 'none' | 'folder') {
      if (asked !== null) void flow.start(asked, labels);
      setAsked(null);
    },
    forget: () => setAsked(null),
  };
}
export type Arrival = ReturnType<typeof useArrival>;

const carriesFiles = (event: DragEvent) => event.dataTransfer.types.includes('Files');

/** The whole page takes what is dropped on it. */
export function DropFrame({
  arrival,
  disabled,
  children,
}: {
  arrival: Arrival;
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
      {arrival.asked !== null && (
        <FolderQuestion files={arrival.asked} onAnswer={arrival.answer} onCancel={arrival.forget} />
      )}
      <SendingNote flow={arrival.flow} />
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
