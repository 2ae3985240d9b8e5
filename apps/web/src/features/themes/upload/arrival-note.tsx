import { Button, Progress as Bar } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useWording } from '../../../i18n/wording.ts';
import { useFormat } from '../../../ui/format.ts';
import { Note, ProblemNote } from '../../../ui/notes.tsx';
import { saveText } from '../../../ui/save.ts';
import { Leaks } from './leaks.tsx';
import type { Rejected } from './send-all.ts';
import css from './upload.module.css';
import type { Outcome, Stage } from './arrivals.ts';
import type { Arrival } from './use-arrival.ts';

const SHOWN = 8;

/** What was refused, each with its reason; all of it can be kept as a table. */
export function RejectedFiles({ rejected, total }: { rejected: readonly Rejected[]; total: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const wording = useWording();
  const [all, setAll] = useState(false);
  if (rejected.length === 0) return null;
  const why = (reason: string) => wording.problem(`image_${reason}`);
  const cell = (text: string) => `"${(/^[=+\-@\t]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
  const table = () => ['name,reason', ...rejected.map((file) => `${cell(file.name)},${cell(why(file.reason))}`)];
  return (
    <details className={css['rejected']} open>
      <summary>{t('themes.rejected', { count: total, shown: format.number(total) })}</summary>
      <ul>
        {rejected.slice(0, all ? undefined : SHOWN).map((file, at) => (
          // oxlint-disable-next-line react/no-array-index-key -- the same file may be refused twice
          <li key={`${file.name}-${at}`}>
            <b className="mono">{file.name}</b> {why(file.reason)}
          </li>
        ))}
      </ul>
      <div className={css['buttons']}>
        {rejected.length > SHOWN && !all && (
          <Button size="compact-xs" variant="default" onClick={() => setAll(true)}>
            {t('common.more')}
          </Button>
        )}
        <Button
          size="compact-xs"
          variant="default"
          onClick={() => saveText('rejected.csv', `\uFEFF${table().join('\r\n')}\r\n`, 'text/csv')}
        >
          {t('themes.save_list')}
        </Button>
      </div>
    </details>
  );
}

function useOutcomeLine(): (outcome: Outcome) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return (outcome) =>
    [
      t('themes.sent_line', {
        created: format.number(outcome.created),
        skipped: format.number(outcome.skipped),
        rejected: format.number(outcome.rejectedTotal),
      }),
      outcome.labeled === null ? '' : t('arrival.labeled_line', { labeled: format.number(outcome.labeled) }),
      outcome.kept === 0 ? '' : t('arrival.kept_line', { count: outcome.kept, kept: format.number(outcome.kept) }),
    ]
      .filter((part) => part !== '')
      .join(' · ');
}

/** How far pictures on their way are, and what came of them. */
export function ArrivalNote({ arrival }: { arrival: Arrival }) {
  const { t } = useTranslation();
  const line = useOutcomeLine();
  const { stage } = arrival;
  const close = (
    <Button size="compact-sm" variant="default" onClick={arrival.dismiss}>
      {t('common.close')}
    </Button>
  );
  switch (stage.kind) {
    case 'failed':
      return (
        <>
          <ProblemNote error={stage.error} actions={close} />
          {stage.outcome !== null && <p>{line(stage.outcome)}</p>}
        </>
      );
    case 'done':
      return (
        <>
          <Note
            tone={stage.outcome.rejectedTotal > 0 || stage.outcome.kept > 0 ? 'warning' : 'good'}
            live
            title={t(stage.complete ? 'themes.sent' : 'themes.sending_stopped')}
            actions={close}
          >
            <p>{line(stage.outcome)}</p>
            <RejectedFiles rejected={stage.outcome.rejected} total={stage.outcome.rejectedTotal} />
          </Note>
          {stage.outcome.created + (stage.outcome.labeled ?? 0) > 0 && <Leaks themeId={arrival.themeId} />}
        </>
      );
    case 'reading':
      return (
        <div className={css['sending']} role="status">
          {t('arrival.reading', { name: stage.name })}
        </div>
      );
    case 'sending':
    case 'importing':
      return <Moving stage={stage} onStop={arrival.cancel} />;
    default:
      return null;
  }
}

function Moving({ stage, onStop }: { stage: Extract<Stage, { kind: 'sending' | 'importing' }>; onStop: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const line = useOutcomeLine();
  const counts = stage.kind === 'sending' ? stage.progress.counts : null;
  const waiting = stage.kind === 'sending' ? stage.progress.waiting : stage.waiting;
  const share =
    stage.kind === 'importing'
      ? stage.done
      : stage.progress.bytes === 0
        ? 0
        : stage.progress.sent / stage.progress.bytes;
  const left =
    stage.pace === null ? null : t('arrival.left', { time: format.seconds(Math.ceil(stage.pace.secondsLeft)) });
  return (
    <div className={css['sending']} role="status">
      <span>
        <b>
          {counts === null
            ? t(stage.kind === 'importing' ? 'arrival.importing' : 'arrival.sending_one', { name: stage.name ?? '' })
            : t('themes.sending', {
                settled: format.number(counts.settled),
                count: counts.files,
                files: format.number(counts.files),
              })}
        </b>{' '}
        {waiting
          ? t('themes.sending_waits')
          : counts === null
            ? ''
            : line({ ...counts, labeled: null, kept: 0, rejectedTotal: counts.rejected.length })}
      </span>
      <Bar value={Math.round(share * 100)} size={6} aria-label={t('themes.sending_progress')} />
      <span className={css['pace']}>
        <Button variant="subtle" size="compact-sm" onClick={onStop}>
          {t('themes.stop_sending')}
        </Button>
        {!waiting && stage.pace !== null && (
          <span>
            {stage.kind === 'sending' && `${format.bytes(stage.pace.rate)}/s · `}
            {left}
          </span>
        )}
      </span>
    </div>
  );
}
