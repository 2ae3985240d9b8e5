import { Button, Select, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { datasetQuery } from '../api/queries.ts';
import css from '../features/datasets/datasets.module.css';
import { DropZone } from '../features/datasets/drop-zone.tsx';
import { Findings } from '../features/datasets/findings.tsx';
import { SeriesGrid } from '../features/datasets/series-grid.tsx';
import { UploadReview } from '../features/datasets/upload-review.tsx';
import { useUpload } from '../features/datasets/use-upload.ts';
import { useWording } from '../i18n/wording.ts';
import { grainOf, useFormat } from '../ui/format.ts';
import { Icon } from '../ui/icons.tsx';
import { LinkButton } from '../ui/link-button.tsx';
import { Note, ProblemNote } from '../ui/notes.tsx';
import { toast } from '../ui/toast.tsx';
import { Page, Scroll, Sheet } from '../ui/page.tsx';
import { Table } from '../ui/table.tsx';

function Append({
  datasetId,
  projectId,
  onDone,
}: {
  datasetId: number;
  projectId: number;
  onDone: (version: number) => void;
}) {
  const { t } = useTranslation();
  const flow = useUpload({ appendTo: datasetId, projectId, onDone: (dataset) => onDone(dataset.latest.version) });
  if (flow.state.kind === 'none')
    return <DropZone compact title={t('datasets.append_drop')} onFile={(file) => void flow.send(file)} />;
  return (
    <div style={{ display: 'grid', gap: 16 }}>
      <UploadReview
        flow={flow}
        action={
          <Button disabled={!flow.usable} loading={flow.build.isPending} onClick={() => flow.build.mutate(undefined)}>
            {t('upload.append')}
          </Button>
        }
      />
    </div>
  );
}

export function DatasetPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const wording = useWording();
  const navigate = useNavigate();
  const { datasetId } = useParams({ from: '/shell/datasets/$datasetId' });
  const search = useSearch({ from: '/shell/datasets/$datasetId' });
  const id = Number(datasetId);
  const { data, error } = useQuery(datasetQuery(id, search.version ?? null));
  const crumbs = [
    { label: t('nav.home'), to: '/' },
    { label: t('datasets.title'), to: '/datasets/' },
  ];
  if (error !== null)
    return (
      <Page title={t('datasets.title')} crumbs={crumbs}>
        <ProblemNote error={error} />
      </Page>
    );
  if (data === undefined)
    return (
      <Page title={t('datasets.title')} crumbs={crumbs}>
        <Skeleton h={88} mb={16} />
        <Skeleton h={320} />
      </Page>
    );
  const version = search.version ?? data.latest.version;
  const shown = data.versions.find((held) => held.version === version) ?? data.latest;
  const { profile } = data;
  const grain = grainOf(profile.freq);
  const facts: [string, string][] = [
    [t('datasets.series'), format.number(profile.series_count)],
    [t('datasets.rows'), format.number(profile.rows)],
    [t('datasets.freq'), wording.freq(profile.freq)],
    [t('datasets.period'), `${format.ds(profile.start, grain)} – ${format.ds(profile.end, grain)}`],
    [
      t('datasets.season'),
      profile.season > 1
        ? t('datasets.season_value', {
            count: profile.season,
            strength: profile.season_strength === null ? '–' : format.number(profile.season_strength),
          })
        : t('common.none'),
    ],
    [
      t('datasets.lengths'),
      profile.lengths.min === profile.lengths.max
        ? format.number(profile.lengths.max)
        : `${format.number(profile.lengths.min)} – ${format.number(profile.lengths.max)}`,
    ],
    [t('datasets.range'), `${format.value(profile.y.min)} – ${format.value(profile.y.max)}`],
  ];
  return (
    <Page
      title={data.name}
      lead={
        <>
          {t('datasets.version', { version })} · {shown.source_name} · {format.bytes(shown.bytes)} · {t('datasets.key')}{' '}
          <span className="mono">{data.key}</span>
        </>
      }
      crumbs={[...crumbs, { label: data.name }]}
      actions={
        <>
          {data.versions.length > 1 && (
            <Select
              aria-label={t('datasets.choose_version')}
              w={200}
              allowDeselect={false}
              value={String(version)}
              data={data.versions.map((held) => ({
                value: String(held.version),
                label: `${t('datasets.version', { version: held.version })} · ${format.ago(held.created_at)}`,
              }))}
              onChange={(next) =>
                void navigate({
                  to: '/datasets/$datasetId/',
                  params: { datasetId },
                  search: Number(next) === data.latest.version ? {} : { version: Number(next) },
                })
              }
            />
          )}
          <LinkButton
            to="/forecast/new/"
            search={{ dataset: data.id, ...(version === data.latest.version ? {} : { version }) }}
            leftSection={<Icon name="forecast" size={16} />}
          >
            {t('datasets.forecast')}
          </LinkButton>
        </>
      }
    >
      <div style={{ display: 'grid', gap: 16 }}>
        {version !== data.latest.version && (
          <Note tone="info">{t('datasets.older', { version, latest: data.latest.version })}</Note>
        )}
        <Sheet title={t('datasets.profile')}>
          <dl className={css['facts']}>
            {facts.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </Sheet>
        <Sheet title={t('datasets.charts')} note={t('datasets.charts_note')}>
          <SeriesGrid datasetId={id} version={version} freq={profile.freq} total={profile.series_count} />
        </Sheet>
        <Sheet title={t('findings.title')}>
          {data.findings.length === 0 ? (
            <p style={{ color: 'var(--ink-2)', fontSize: 'var(--text-sm)' }}>{t('upload.clean')}</p>
          ) : (
            <Findings findings={data.findings} />
          )}
        </Sheet>
        <Sheet title={t('datasets.append')}>
          <p style={{ color: 'var(--ink-2)', fontSize: 'var(--text-sm)', marginBottom: 12 }}>
            {t('datasets.append_text')}
          </p>
          <Append
            key={data.latest.version}
            datasetId={id}
            projectId={data.project_id}
            onDone={(made) => {
              toast('good', t('datasets.appended', { version: made }));
              void navigate({ to: '/datasets/$datasetId/', params: { datasetId }, search: {} });
            }}
          />
        </Sheet>
        <Sheet title={t('datasets.versions')} flush>
          <Scroll label={t('datasets.versions')}>
            <Table
              label={t('datasets.versions')}
              columns={[
                { title: t('datasets.version_column') },
                { title: t('datasets.source') },
                { title: t('datasets.rows'), numeric: true },
                { title: t('datasets.changed') },
                { title: t('datasets.by') },
                { title: t('datasets.hash') },
              ]}
            >
              {data.versions.map((held) => (
                <tr key={held.version}>
                  <td className="line">
                    <Link to="/datasets/$datasetId/" params={{ datasetId }} search={{ version: held.version }}>
                      {t('datasets.version', { version: held.version })}
                    </Link>
                  </td>
                  <td>{held.source_name}</td>
                  <td className="num">{format.number(held.rows)}</td>
                  <td className="line">{format.dateTime(held.created_at)}</td>
                  <td>{held.created_by}</td>
                  <td className="mono" title={held.sha256}>
                    {held.sha256.slice(0, 12)}
                  </td>
                </tr>
              ))}
            </Table>
          </Scroll>
        </Sheet>
      </div>
    </Page>
  );
}
