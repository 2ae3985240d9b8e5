import { Button, Skeleton } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { datasetsInfinite } from '../api/queries.ts';
import { DropZone } from '../features/datasets/drop-zone.tsx';
import { Samples } from '../features/datasets/samples.tsx';
import { UploadReview } from '../features/datasets/upload-review.tsx';
import { useUpload } from '../features/datasets/use-upload.ts';
import { useProject } from '../features/shell/project.tsx';
import { useWording } from '../i18n/wording.ts';
import { useFormat } from '../ui/format.ts';
import { More } from '../ui/more.tsx';
import { ProblemNote } from '../ui/notes.tsx';
import { Page, Scroll, Sheet } from '../ui/page.tsx';
import { Table } from '../ui/table.tsx';

export function DatasetsPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const wording = useWording();
  const navigate = useNavigate();
  const projectId = useProject();
  const list = useInfiniteQuery(datasetsInfinite(projectId));
  const open = (id: number) => void navigate({ to: '/datasets/$datasetId/', params: { datasetId: String(id) } });
  const flow = useUpload({ projectId, onDone: (dataset) => open(dataset.id) });
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];

  return (
    <Page
      title={t('datasets.title')}
      lead={t('datasets.lead')}
      crumbs={[{ label: t('nav.home'), to: '/' }, { label: t('datasets.title') }]}
    >
      <div style={{ display: 'grid', gap: 16 }}>
        {flow.state.kind === 'none' ? (
          <DropZone compact={items.length > 0} onFile={(file) => void flow.send(file)} />
        ) : (
          <UploadReview
            flow={flow}
            action={
              <Button
                disabled={!flow.usable}
                loading={flow.build.isPending}
                onClick={() => flow.build.mutate(undefined)}
              >
                {t('datasets.store')}
              </Button>
            }
          />
        )}
        {list.error !== null && <ProblemNote error={list.error} />}
        {list.isPending && <Skeleton h={160} />}
        {list.isSuccess && items.length === 0 && (
          <p style={{ color: 'var(--ink-2)', fontSize: 'var(--text-sm)' }}>{t('datasets.empty')}</p>
        )}
        {items.length > 0 && (
          <Sheet flush>
            <Scroll label={t('datasets.title')}>
              <Table
                label={t('datasets.title')}
                columns={[
                  { title: t('datasets.name') },
                  { title: t('datasets.series'), numeric: true },
                  { title: t('datasets.rows'), numeric: true },
                  { title: t('datasets.freq') },
                  { title: t('datasets.versions'), numeric: true },
                  { title: t('datasets.changed') },
                  { title: t('datasets.owner') },
                ]}
              >
                {items.map((dataset) => (
                  <tr key={dataset.id}>
                    <td>
                      <Link
                        to="/datasets/$datasetId/"
                        params={{ datasetId: String(dataset.id) }}
                        style={{ fontWeight: 550 }}
                      >
                        {dataset.name}
                      </Link>
                    </td>
                    <td className="num">{format.number(dataset.latest.series)}</td>
                    <td className="num">{format.number(dataset.latest.rows)}</td>
                    <td className="line">{wording.freq(dataset.latest.freq)}</td>
                    <td className="num">{dataset.latest.version}</td>
                    <td className="line" title={format.dateTime(dataset.latest.created_at)}>
                      {format.ago(dataset.latest.created_at)}
                    </td>
                    <td>{dataset.owner}</td>
                  </tr>
                ))}
              </Table>
            </Scroll>
          </Sheet>
        )}
        <More list={list} style={{ justifySelf: 'center' }} />
        <section aria-labelledby="samples">
          <h2 id="samples" style={{ fontSize: 'var(--text-md)', margin: '8px 0' }}>
            {t('samples.title')}
          </h2>
          <Samples projectId={projectId} onDataset={(dataset) => open(dataset.id)} />
        </section>
      </div>
    </Page>
  );
}
