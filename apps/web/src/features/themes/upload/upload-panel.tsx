import { Button, Progress as Bar } from '@mantine/core';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useWording } from '../../../i18n/wording.ts';
import { useFormat } from '../../../ui/format.ts';
import { Icon } from '../../../ui/icons.tsx';
import { Note, ProblemNote } from '../../../ui/notes.tsx';
import { saveText } from '../../../ui/save.ts';
import { fromInput, type Gathered } from './gather.ts';
import type { Progress } from './send-all.ts';
import css from './upload.module.css';
import type { useSending } from './use-sending.ts';

const ACCEPT = '.jpg,.jpeg,.png,.webp,.tif,.tiff';

/** Pick files or a folder; the page around it takes what is dropped. */
export function PickButtons({ onFiles, filled = false }: { onFiles: (files: Gathered[]) => void; filled?: boolean }) {
  const { t } = useTranslation();
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const take = (input: HTMLInputElement) => {
    const gathered = fromInput(input.files ?? []);
    input.value = '';
    if (gathered.length > 0) onFiles(gathered);
  };
  return (
    <>
      <Button
        variant={filled ? 'filled' : 'default'}
        leftSection={<Icon name="upload" size={16} />}
        onClick={() => files.current?.click()}
      >
        {t('themes.pick_files')}
      </Button>
      <Button variant="default" leftSection={<Icon name="folder" size={16} />} onClick={() => folder.current?.click()}>
        {t('themes.pick_folder')}
      </Button>
      <input
        ref={files}
        type="file"
        hidden
        multiple
        accept={ACCEPT}
        data-testid="picture-input"
        aria-label={t('themes.pick_files')}
        onChange={(event) => take(event.currentTarget)}
      />
      <input
        ref={(node) => {
          folder.current = node;
          // React knows no such attribute.
          node?.setAttribute('webkitdirectory', '');
        }}
        type="file"
        hidden
        multiple
        aria-label={t('themes.pick_folder')}
        onChange={(event) => take(event.currentTarget)}
      />
    </>
  );
}

/** Folders were given: their names may be the labels. Asked once, before anything is sent. */
export function FolderQuestion({
  files,
  onAnswer,
  onCancel,
}: {
  files: readonly Gathered[];
  onAnswer: (labels: 'none' | 'folder') => void;
  onCancel: () => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const folders = [...new Set(files.flatMap(({ path }) => path.split('/').at(-2) ?? []))];
  return (
    <Note
      tone="info"
      live
      title={t('themes.folder_question', { count: files.length, shown: format.number(files.length) })}
    >
      <p>{t('themes.folder_names', { names: format.list(folders.slice(0, 8)), count: folders.length })}</p>
      <div className={css['buttons']}>
        <Button size="compact-sm" onClick={() => onAnswer('folder')}>
          {t('themes.folder_labels')}
        </Button>
        <Button size="compact-sm" variant="default" onClick={() => onAnswer('none')}>
          {t('themes.folder_plain')}
        </Button>
        <Button size="compact-sm" variant="subtle" onClick={onCancel}>
          {t('common.cancel')}
        </Button>
      </div>
    </Note>
  );
}

function Rejected({ progress }: { progress: Progress }) {
  const { t } = useTranslation();
  const format = useFormat();
  const wording = useWording();
  const [all, setAll] = useState(false);
  const { rejected } = progress;
  if (rejected.length === 0) return null;
  const why = (reason: string) => wording.problem(`image_${reason}`);
  return (
    <details className={css['rejected']} open>
      <summary>{t('themes.rejected', { count: rejected.length, shown: format.number(rejected.length) })}</summary>
      <ul>
        {rejected.slice(0, all ? undefined : 8).map((file, at) => (
          // oxlint-disable-next-line react/no-array-index-key -- the same file may be refused twice
          <li key={`${file.name}-${at}`}>
            <b className="mono">{file.name}</b> {why(file.reason)}
          </li>
        ))}
      </ul>
      <div className={css['buttons']}>
        {rejected.length > 8 && !all && (
          <Button size="compact-xs" variant="default" onClick={() => setAll(true)}>
            {t('common.more')}
          </Button>
        )}
        <Button
          size="compact-xs"
          variant="default"
          onClick={() =>
            saveText(
              'rejected.csv',
              ['name,reason', ...rejected.map((f) => `"${f.name.replaceAll('"', '""')}","${why(f.reason)}"`)].join(
                '\n',
              ),
              'text/csv',
            )
          }
        >
          {t('themes.save_list')}
        </Button>
      </div>
    </details>
  );
}

/** How far an upload is, and what came of it. */
export function SendingNote({ flow }: { flow: ReturnType<typeof useSending> }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { state } = flow;
  if (state.kind === 'none') return null;
  const progress = state.progress;
  const line =
    progress === null
      ? ''
      : t('themes.sent_line', {
          created: format.number(progress.created),
          skipped: format.number(progress.skipped),
          rejected: format.number(progress.rejected.length),
        });
  if (state.kind === 'failed')
    return (
      <>
        <ProblemNote
          error={state.error}
          actions={
            <Button size="compact-sm" variant="default" onClick={flow.dismiss}>
              {t('common.close')}
            </Button>
          }
        />
        {progress !== null && <p>{line}</p>}
      </>
    );
  if (state.kind === 'done')
    return (
      <Note
        tone={state.progress.rejected.length > 0 ? 'warning' : 'good'}
        live
        title={t(state.progress.settled < state.progress.files ? 'themes.sending_stopped' : 'themes.sent')}
        actions={
          <Button size="compact-sm" variant="default" onClick={flow.dismiss}>
            {t('common.close')}
          </Button>
        }
      >
        <p>{line}</p>
        <Rejected progress={state.progress} />
      </Note>
    );
  const share = state.progress.bytes === 0 ? 0 : state.progress.sent / state.progress.bytes;
  return (
    <div className={css['sending']} role="status">
      <span>
        <b>
          {t('themes.sending', {
            settled: format.number(state.progress.settled),
            count: state.progress.files,
            files: format.number(state.progress.files),
          })}
        </b>{' '}
        {state.progress.waiting ? t('themes.sending_waits') : line}
      </span>
      <Bar value={Math.round(share * 100)} size={6} aria-label={t('themes.sending_progress')} />
      <Button variant="subtle" size="compact-sm" onClick={flow.cancel} style={{ justifySelf: 'start' }}>
        {t('themes.stop_sending')}
      </Button>
    </div>
  );
}
