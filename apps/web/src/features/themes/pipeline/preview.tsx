import type { ImageOps, PreviewAnswer } from '@minori/contract';
import { ActionIcon, Button, Modal, SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type CSSProperties, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { textOf } from '../../../i18n/index.ts';
import { Icon } from '../../../ui/icons.tsx';
import { LinkButton } from '../../../ui/link-button.tsx';
import { Empty, ProblemNote } from '../../../ui/notes.tsx';
import { picturesQuery } from '../queries.ts';
import css from './pipeline.module.css';
import type { Drafts } from './use-drafts.ts';
import { usePreview } from './use-preview.ts';

type Shown = PreviewAnswer['pictures'][number];
const LIST = { filter: {}, order: 'newest', queue: undefined, limit: 48, cursor: undefined } as const;

interface PreviewProps {
  themeId: number;
  drafts: Drafts;
  mode: 'preprocessing' | 'augmentation';
  /** The picture that the address names. */
  first: number | undefined;
}

/** What the settings do with one of the theme's own pictures; it follows every change. */
export function Preview({ themeId, drafts, mode, first }: PreviewProps) {
  const { t } = useTranslation();
  const list = useQuery(picturesQuery(themeId, LIST));
  const [at, setAt] = useState(0);
  const [seed, setSeed] = useState(1);
  const [part, setPart] = useState<'validation' | 'test'>('validation');
  const found = list.data?.items ?? [];
  const pictures: { id: number; name: string | null }[] =
    first === undefined || found.some(({ id }) => id === first) ? found : [{ id: first, name: null }, ...found];
  const start = Math.max(0, first === undefined ? 0 : pictures.findIndex(({ id }) => id === first));
  const picture = pictures[(start + at) % Math.max(1, pictures.length)];
  const document = drafts.params.document;
  const cut = document?.preprocessing.steps.some(({ name }) => name === 'patches') ?? false;
  const preview = usePreview(themeId, {
    imageId: picture?.id ?? null,
    preprocessing: document?.preprocessing ?? null,
    augmentation: drafts.auguments.document,
    views:
      mode === 'augmentation'
        ? ['original', 'train', 'evaluation']
        : ['original', 'steps', ...(cut ? ['patches' as const] : [])],
    ...(mode === 'augmentation' ? { seed, part } : {}),
  });
  if (list.isSuccess && pictures.length === 0)
    return (
      <Empty
        icon="picture"
        title={t('pipeline.no_pictures')}
        actions={
          <LinkButton variant="default" to="/theme/$themeId/" params={{ themeId: String(themeId) }}>
            {t('themes.to_pictures')}
          </LinkButton>
        }
      >
        {t('pipeline.no_pictures_text')}
      </Empty>
    );
  const step = (by: number) => setAt((held) => (held + by + pictures.length) % pictures.length);
  const paused = document === null || drafts.auguments.document === null;
  return (
    <section className={css['preview']} aria-label={t('pipeline.preview')} aria-busy={preview.isFetching}>
      <div className={css['previewHead']}>
        <h2>{t('pipeline.preview')}</h2>
        <ActionIcon aria-label={t('themes.previous')} disabled={pictures.length < 2} onClick={() => step(-1)}>
          <Icon name="right" style={{ transform: 'scaleX(-1)' }} />
        </ActionIcon>
        <ActionIcon aria-label={t('themes.next_picture')} disabled={pictures.length < 2} onClick={() => step(1)}>
          <Icon name="right" />
        </ActionIcon>
        <span className={css['pictureName']}>{picture?.name}</span>
        {mode === 'augmentation' && (
          <>
            <Button
              size="xs"
              variant="default"
              leftSection={<Icon name="refresh" size={14} />}
              onClick={() => setSeed((held) => held + 1)}
            >
              {t('pipeline.again', { seed })}
            </Button>
            <SegmentedControl
              size="xs"
              aria-label={t('pipeline.fixed_part')}
              value={part}
              onChange={(next) => setPart(next === 'test' ? 'test' : 'validation')}
              data={(['validation', 'test'] as const).map((value) => ({ value, label: t(`pipeline.parts.${value}`) }))}
            />
          </>
        )}
        <span className={css['fine']} role="status">
          {paused ? t('pipeline.preview_waits') : preview.isFetching ? t('pipeline.preview_busy') : ''}
        </span>
      </div>
      {preview.error !== null && !paused ? (
        <ProblemNote error={preview.error} />
      ) : (
        <Strip
          pictures={preview.data?.pictures ?? []}
          steps={mode === 'preprocessing' ? (document?.preprocessing ?? null) : null}
          part={part}
        />
      )}
    </section>
  );
}

/** One picture after the other, as pixels: small ones are enlarged without a blur. */
export function Strip(props: { pictures: readonly Shown[]; steps: ImageOps | null; part: 'validation' | 'test' }) {
  const { t } = useTranslation();
  const [large, setLarge] = useState<number | null>(null);
  const patches = props.steps?.steps.find((step) => step.name === 'patches');
  const titleOf = ({ view, step, number }: Shown): string => {
    if (step !== null) return `${number + 1}. ${textOf(t, `pipeline.ops.${step}`, step)}`;
    if (view === 'patches') return t('pipeline.views.patches', { number: number + 1 });
    if (view === 'train') return t('pipeline.views.train', { number: number + 1 });
    return view === 'evaluation' ? t(`pipeline.parts.${props.part}`) : t('pipeline.views.original');
  };
  const whole = props.pictures.findLastIndex(({ view }) => view === 'original' || view === 'steps');
  const shown = large === null ? undefined : props.pictures[large];
  return (
    <div className={css['strip']}>
      {props.pictures.length === 0 && <div className={css['waiting']} />}
      {props.pictures.map((picture, at) => (
        <figure key={`${picture.view}-${picture.number}`} data-view={picture.view}>
          <button
            type="button"
            onClick={() => setLarge(at)}
            aria-label={t('pipeline.enlarge', { name: titleOf(picture) })}
          >
            <img
              src={`data:image/png;base64,${picture.png}`}
              alt={titleOf(picture)}
              data-small={picture.width < 160 || undefined}
            />
            {patches !== undefined && at === whole && (
              <span
                className={css['cuts']}
                aria-hidden="true"
                style={
                  {
                    '--rows': patches.rows,
                    '--columns': patches.columns,
                    aspectRatio: `${picture.width} / ${picture.height}`,
                  } as CSSProperties
                }
              />
            )}
          </button>
          <figcaption>
            {titleOf(picture)}
            <small className="num">
              {picture.width} × {picture.height}
            </small>
          </figcaption>
        </figure>
      ))}
      {shown !== undefined && (
        <Modal
          opened
          onClose={() => setLarge(null)}
          size="auto"
          title={`${titleOf(shown)} · ${shown.width} × ${shown.height}`}
          closeButtonProps={{ 'aria-label': t('common.close') }}
        >
          <img className={css['large']} src={`data:image/png;base64,${shown.png}`} alt={titleOf(shown)} />
        </Modal>
      )}
    </div>
  );
}
