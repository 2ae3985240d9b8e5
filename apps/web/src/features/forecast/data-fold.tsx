import type { Dataset, Sample } from '@minori/contract';
import { Button, Select, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { datasetsInfinite } from '../../api/queries.ts';
import { ProblemNote } from '../../ui/notes.tsx';
import { blocking } from '../datasets/mapping.ts';
import { DropZone } from '../datasets/drop-zone.tsx';
import { Samples } from '../datasets/samples.tsx';
import { UploadReview } from '../datasets/upload-review.tsx';
import { useUpload } from '../datasets/use-upload.ts';
import css from './forecast.module.css';

interface Props {
  projectId: number | null;
  onDataset: (dataset: Dataset, sample: Sample | null) => void;
  /** What is to be done with the file on the table; null when there is none that could be used. */
  onReview: (next: string | null) => void;
}
/** Three ways to data: a file, something stored already, a sample. */
export function DataFold({ projectId, onDataset, onReview }: Props) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const datasets = useInfiniteQuery(datasetsInfinite(projectId));
  const known = datasets.data?.pages.flatMap((page) => page.items) ?? [];
  const flow = useUpload({ projectId, onDone: (dataset) => onDataset(dataset, null) });
  const open = blocking(flow.findings).filter(({ fixes }) => fixes.length > 0).length;
  const next =
    flow.state.kind !== 'ready' || flow.unusable
      ? null
      : open > 0
        ? t('forecast.missing_fixes', { count: open })
        : t(flow.usable ? 'forecast.missing_use' : 'upload.checking');
  useEffect(() => onReview(next), [onReview, next]);
  if (flow.state.kind !== 'none')
    return (
      <UploadReview
        flow={flow}
        action={
          <div className={css['row']} style={{ flexWrap: 'wrap' }}>
            <TextInput
              label={t('upload.name')}
              placeholder={flow.state.kind === 'ready' ? flow.state.upload.name.replace(/\.[^.]+$/, '') : ''}
              value={name}
              maxLength={200}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Button disabled={!flow.usable} loading={flow.build.isPending} onClick={() => flow.build.mutate(name)}>
              {t('upload.use')}
            </Button>
          </div>
        }
      />
    );
  return (
    <>
      <DropZone onFile={(file) => void flow.send(file)} />
      {known.length > 0 && (
        <Select
          label={t('forecast.choose_dataset')}
          placeholder={t('forecast.choose_dataset_placeholder')}
          searchable
          value={null}
          nothingFoundMessage={t('palette.nothing')}
          data={known.map((dataset) => ({ value: String(dataset.id), label: dataset.name }))}
          onChange={(id) => {
            const dataset = known.find((held) => String(held.id) === id);
            if (dataset !== undefined) onDataset(dataset, null);
          }}
        />
      )}
      {datasets.error !== null && <ProblemNote error={datasets.error} />}
      <div>
        <h3 style={{ marginBottom: 8 }}>{t('samples.title')}</h3>
        <Samples projectId={projectId} onDataset={onDataset} />
      </div>
    </>
  );
}
