import type { ThemeDetail } from '@minori/contract';
import { Button, Skeleton, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '../../../api/client.ts';
import { Note, ProblemNote } from '../../../ui/notes.tsx';
import { Sheet } from '../../../ui/page.tsx';
import { AugmentationForm } from './augmentation-form.tsx';
import { DefaultsTable } from './defaults-table.tsx';
import css from './pipeline.module.css';
import { PreprocessingForm } from './preprocessing-form.tsx';
import { Preview } from './preview.tsx';
import { type Drafts, useDrafts } from './use-drafts.ts';
import { Versions } from './versions.tsx';
import { YamlField } from './yaml-field.tsx';

export type PipelineTab = 'preprocessing' | 'augmentation' | 'params';
interface EditorProps {
  theme: ThemeDetail;
  tab: PipelineTab;
  image: number | undefined;
}

/** Form and file side by side, both live, under a preview that follows them. */
export function PipelineEditor({ theme, tab, image }: EditorProps) {
  const { t } = useTranslation();
  const { drafts, error } = useDrafts(theme.id);
  const readOnly = theme.role !== 'owner';
  if (error !== null) return <ProblemNote error={error} />;
  if (drafts === null) return <Skeleton h={480} />;
  const draft = tab === 'augmentation' ? drafts.auguments : drafts.params;
  return (
    <div className={css['editor']}>
      {tab !== 'params' && <Preview themeId={theme.id} drafts={drafts} mode={tab} first={image} />}
      {readOnly && <Note tone="info">{t('pipeline.read_only')}</Note>}
      <div className={css['sides']}>
        <Sheet title={t(tab === 'params' ? 'pipeline.keys_title' : 'pipeline.form')}>
          {draft.raw === null && <Note tone="warning">{t('pipeline.form_waits')}</Note>}
          <div className={css['form']}>
            {tab === 'preprocessing' && <PreprocessingForm draft={drafts.params} readOnly={readOnly} />}
            {tab === 'augmentation' && <AugmentationForm draft={drafts.auguments} readOnly={readOnly} />}
            {tab === 'params' && <DefaultsTable draft={drafts.params} />}
          </div>
        </Sheet>
        <Sheet title={`${draft.name}.yaml`}>
          <YamlField draft={draft} readOnly={readOnly} />
        </Sheet>
      </div>
      {!readOnly && (drafts.params.changed || drafts.auguments.changed) && <SaveBar drafts={drafts} />}
      <Versions
        themeId={theme.id}
        name={draft.name}
        current={draft.saved.version}
        editable={!readOnly && !draft.changed}
        onRestored={drafts.discard}
      />
    </div>
  );
}

/** There while something is not saved; the note goes with it. */
function SaveBar({ drafts }: { drafts: Drafts }) {
  const { t } = useTranslation();
  const [note, setNote] = useState('');
  const changed = [drafts.params, drafts.auguments].filter((draft) => draft.changed);
  const wrong = changed.filter((draft) => draft.issues.length > 0);
  const { error, pending, run } = drafts.save;
  const late = error instanceof ApiProblem && error.code === 'config_changed';
  const files = (some: typeof changed) => some.map(({ name }) => `${name}.yaml`).join(', ');
  return (
    <form
      className={css['save']}
      aria-label={t('pipeline.save_bar')}
      onSubmit={(event) => {
        event.preventDefault();
        run(note);
      }}
    >
      {error !== null && (
        <ProblemNote
          error={error}
          {...(late
            ? {
                actions: (
                  <Button size="xs" variant="default" onClick={drafts.reload}>
                    {t('pipeline.reload')}
                  </Button>
                ),
              }
            : {})}
        />
      )}
      <span>
        {wrong.length > 0
          ? t('pipeline.correct_first', { files: files(wrong) })
          : t('pipeline.unsaved', { files: files(changed) })}
      </span>
      <TextInput
        size="xs"
        aria-label={t('pipeline.note')}
        placeholder={t('pipeline.note')}
        maxLength={1000}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      <Button type="submit" size="xs" disabled={wrong.length > 0} loading={pending}>
        {t('pipeline.save')}
      </Button>
      <Button size="xs" variant="default" onClick={drafts.discard}>
        {t('pipeline.discard')}
      </Button>
    </form>
  );
}
