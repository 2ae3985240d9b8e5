import { Button, Loader } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useWording } from '../../i18n/wording.ts';
import { grainOf, useFormat } from '../../ui/format.ts';
import { Note, ProblemNote } from '../../ui/notes.tsx';
import { Sheet } from '../../ui/page.tsx';
import { UploadProgress } from './drop-zone.tsx';
import { Findings } from './findings.tsx';
import { blocking } from './mapping.ts';
import { MappingForm, PreviewTable } from './mapping-form.tsx';
import type { UploadFlow } from './use-upload.ts';

/** The dropped file under the lamp: its head, the columns' parts, what was found, what comes out. */
export function UploadReview({ flow, action }: { flow: UploadFlow; action: ReactNode }) {
  const { t } = useTranslation();
  const format = useFormat();
  const wording = useWording();
  const { state } = flow;
  if (state.kind === 'none') return null;
  if (state.kind === 'sending') return <UploadProgress state={state} onCancel={flow.reset} />;
  const other = (
    <Button variant="default" size="compact-sm" onClick={flow.reset}>
      {t('upload.other')}
    </Button>
  );
  if (state.kind === 'failed') return <ProblemNote error={state.error} actions={other} />;

  const { upload, mapping, fixes } = state;
  const open = blocking(flow.findings).filter((finding) => finding.fixes.length > 0).length;
  const profile = flow.check.data?.profile ?? null;
  const grain = profile === null ? 'day' : grainOf(profile.freq);
  return (
    <>
      <Sheet
        title={upload.name}
        note={`${format.bytes(upload.bytes)} · ${t('datasets.about_rows', { count: upload.preview.row_estimate, shown: format.number(upload.preview.row_estimate) })}`}
        actions={other}
        flush
      >
        {upload.preview.columns.length > 0 && <PreviewTable preview={upload.preview} mapping={mapping} />}
      </Sheet>
      {flow.unusable && <Note tone="error" live title={t('upload.unusable')} />}
      {!flow.unusable && (
        <Sheet title={t('mapping.title')}>
          {mapping === null && <p style={{ marginBottom: 12 }}>{t('upload.no_mapping')}</p>}
          <MappingForm preview={upload.preview} mapping={mapping} onChange={flow.setMapping} />
        </Sheet>
      )}
      <Sheet
        title={t('findings.title')}
        actions={
          flow.check.isFetching ? (
            <span
              role="status"
              style={{ display: 'inline-flex', gap: 8, fontSize: 'var(--text-xs)', color: 'var(--ink-2)' }}
            >
              <Loader size={14} /> {t('upload.checking')}
            </span>
          ) : undefined
        }
      >
        {flow.check.isError && <ProblemNote error={flow.check.error} />}
        {flow.findings.length > 0 && (
          <Findings findings={flow.findings} fixes={fixes} {...(flow.unusable ? {} : { onFixes: flow.setFixes })} />
        )}
        {flow.findings.length === 0 && flow.check.isSuccess && (
          <p style={{ color: 'var(--ink-2)', fontSize: 'var(--text-sm)' }}>{t('upload.clean')}</p>
        )}
      </Sheet>
      {!flow.unusable && (
        <div style={{ display: 'flex', flexWrap: 'wrap', gap: 16, alignItems: 'end', justifyContent: 'space-between' }}>
          <p aria-live="polite" style={{ fontSize: 'var(--text-sm)' }}>
            {open > 0
              ? t('upload.blocked', { count: open })
              : profile !== null &&
                t('upload.result', {
                  series: format.number(profile.series_count),
                  rows: format.number(profile.rows),
                  freq: wording.freq(profile.freq),
                  from: format.ds(profile.start, grain),
                  to: format.ds(profile.end, grain),
                })}
          </p>
          {action}
        </div>
      )}
      {flow.build.isError && <ProblemNote error={flow.build.error} />}
    </>
  );
}
