import type { Split, ThemeDetail, ThemeImage } from '@minori/contract';
import { ActionIcon, Modal, Skeleton, Switch } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../ui/format.ts';
import { Icon } from '../../../ui/icons.tsx';
import { ProblemNote } from '../../../ui/notes.tsx';
import { type LabelEntry, Palette } from '../docks/palette.tsx';
import { type Answer, type Mode, settles } from '../labeling/answers.ts';
import type { KeyMap, Meaning } from '../labeling/keys.ts';
import type { Labeling } from '../labeling/use-labeling.ts';
import { useLabelKeys } from '../labeling/use-keys.ts';
import { PreviewToggle } from '../pipeline/preview-toggle.tsx';
import { fileUrl, pictureQuery } from '../queries.ts';
import { useChoice } from '../use-choice.ts';
import { Facts } from './facts.tsx';
import css from './picture.module.css';
import { ProposalBox } from './proposal-box.tsx';
import { brightened, PLAIN, Stage, zoomed } from './stage.tsx';

interface PictureDialogProps {
  theme: ThemeDetail;
  imageId: number;
  pictures: readonly ThemeImage[];
  labels: readonly LabelEntry[];
  keys: KeyMap;
  labeling: Labeling;
  mode: Mode | null;
  threshold: number;
  /** True: there was something to answer. */
  onAnswer: (how: Answer, picture: ThemeImage) => boolean;
  onAssign: (picture: ThemeImage, split: Split) => void;
  onOpen: (id: number) => void;
  /** One further or back from the place on the page, also over its end. */
  onStep: (by: 1 | -1) => void;
  onClose: () => void;
}
/** An enlarged preview lies above: its keys come first. */
const isCovered = () => document.querySelectorAll('[aria-modal=true]').length > 1;
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';

/** One picture large: label by key and go on to the next. */
export function PictureDialog(props: PictureDialogProps) {
  const {
    theme,
    imageId,
    pictures,
    labels,
    keys,
    labeling,
    mode,
    threshold,
    onAnswer,
    onAssign,
    onOpen,
    onStep,
    onClose,
  } = props;
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const search = useRef<HTMLInputElement>(null);
  const [view, setView] = useState(PLAIN);
  const [previewing, setPreviewing] = useState(false);
  const [advance, setAdvance] = useChoice('minori.theme.advance', true, isFlag);
  const detail = useQuery(pictureQuery(theme.id, imageId));
  const place = pictures.findIndex((picture) => picture.id === imageId);
  const picture = pictures[place] ?? detail.data;
  const readOnly = theme.role === 'viewer';
  useEffect(() => setView((held) => ({ ...PLAIN, brightness: held.brightness })), [imageId]);
  // The next three are in the browser before they are asked for, and what is known of the next one.
  useEffect(() => {
    const [next] = pictures.slice(place + 1);
    if (next !== undefined && place >= 0)
      void client.prefetchQuery({ ...pictureQuery(theme.id, next.id), staleTime: 10_000 });
    for (const next of pictures.slice(place + 1, place + 4)) new Image().src = fileUrl(theme.id, next.id, 'view');
  }, [client, pictures, place, theme.id]);

  const label = (id: number | null) => {
    if (picture === undefined || readOnly) return;
    labeling.give([picture], id, { settle: settles(mode) });
    if (advance && id !== null) onStep(1);
  };
  const answer = (how: Answer) => {
    if (picture === undefined || !onAnswer(how, picture)) return;
    // A refused proposal leaves the picture without a label: it still wants one.
    if (advance && !(how === 'refuse' && picture.label_id === null)) onStep(1);
  };
  const onMeaning = (meaning: Meaning) => {
    if (isCovered()) return undefined;
    if (meaning.kind === 'label') return label(meaning.id);
    switch (meaning.action) {
      case 'unlabel':
        return label(null);
      case 'next':
        return onStep(1);
      case 'previous':
        return onStep(-1);
      case 'accept':
      case 'refuse':
      case 'keep':
        return answer(meaning.action);
      case 'undo':
        return labeling.undo();
      case 'redo':
        return labeling.redo();
      case 'search':
        return search.current?.focus();
      case 'zoom_in':
        return setView((held) => zoomed(held, 1.5));
      case 'zoom_out':
        return setView((held) => zoomed(held, 1 / 1.5));
      case 'brighter':
        return setView((held) => brightened(held, 0.2));
      case 'darker':
        return setView((held) => brightened(held, -0.2));
      case 'reset_view':
        return setView(PLAIN);
      default:
        return undefined;
    }
  };
  const waiting = useLabelKeys({
    map: keys,
    active: true,
    onMeaning,
    onOther(event) {
      if (event.ctrlKey || event.metaKey) {
        if (event.key.toLowerCase() !== 'z') return false;
        if (event.shiftKey) labeling.redo();
        else labeling.undo();
        return true;
      }
      if (event.key !== 'Escape' || isCovered()) return false;
      if (previewing) setPreviewing(false);
      else onClose();
      return true;
    },
  });
  const current = picture?.label_id ?? null;
  const names = useMemo(() => new Map(labels.map((one) => [one.id, one.name])), [labels]);
  const name = (current === null ? undefined : names.get(current)) ?? t('themes.unlabeled');
  return (
    <Modal.Root opened onClose={onClose} size="min(1400px, 96vw)" yOffset="2dvh" closeOnEscape={false}>
      <Modal.Overlay backgroundOpacity={0.6} />
      <Modal.Content aria-label={t('themes.picture_dialog', { name: picture?.name ?? imageId })}>
        <Modal.Body p={0}>
          <div className={css['dialog']} tabIndex={-1} data-autofocus>
            <div className={css['left']}>
              <div className={css['top']}>
                <ActionIcon aria-label={t('themes.previous')} onClick={() => onStep(-1)}>
                  <Icon name="right" style={{ transform: 'scaleX(-1)' }} />
                </ActionIcon>
                <ActionIcon aria-label={t('themes.next_picture')} onClick={() => onStep(1)}>
                  <Icon name="right" />
                </ActionIcon>
                <span className={css['title']}>
                  <b>{picture?.name}</b>
                  {place >= 0 && <small>{t('themes.place', { at: place + 1, of: pictures.length })}</small>}
                </span>
                <ActionIcon aria-label={t('themes.actions.zoom_out')} onClick={() => setView(zoomed(view, 1 / 1.5))}>
                  <b>−</b>
                </ActionIcon>
                <span className="num">{format.percent(view.zoom)}</span>
                <ActionIcon aria-label={t('themes.actions.zoom_in')} onClick={() => setView(zoomed(view, 1.5))}>
                  <Icon name="plus" size={16} />
                </ActionIcon>
                <ActionIcon aria-label={t('themes.actions.darker')} onClick={() => setView(brightened(view, -0.2))}>
                  <Icon name="moon" size={16} />
                </ActionIcon>
                <ActionIcon aria-label={t('themes.actions.brighter')} onClick={() => setView(brightened(view, 0.2))}>
                  <Icon name="sun" size={16} />
                </ActionIcon>
                <ActionIcon aria-label={t('themes.actions.reset_view')} onClick={() => setView(PLAIN)}>
                  <Icon name="refresh" size={16} />
                </ActionIcon>
                <PreviewToggle themeId={theme.id} imageId={imageId} open={previewing} onOpen={setPreviewing} />
                <ActionIcon
                  component="a"
                  href={fileUrl(theme.id, imageId, 'original')}
                  download
                  aria-label={t('themes.original')}
                >
                  <Icon name="download" size={16} />
                </ActionIcon>
              </div>
              <Stage
                src={fileUrl(theme.id, imageId, 'view')}
                alt={picture?.name ?? ''}
                width={picture?.width ?? 999}
                view={view}
                onView={setView}
              />
            </div>
            <div className={css['side']}>
              <div className={css['sideTop']}>
                <span className={css['now']} role="status" data-refused={labeling.refused.has(imageId) || undefined}>
                  {name}
                </span>
                <ActionIcon aria-label={t('common.close')} onClick={onClose}>
                  <Icon name="close" />
                </ActionIcon>
              </div>
              {picture !== undefined && (
                <ProposalBox
                  picture={picture}
                  names={names}
                  keys={keys}
                  mode={mode}
                  threshold={threshold}
                  readOnly={readOnly}
                  onAnswer={answer}
                />
              )}
              <Palette
                labels={labels}
                keys={keys}
                brush={current}
                waiting={waiting}
                readOnly={readOnly}
                search={search}
                onLabel={label}
              />
              <Switch
                size="sm"
                label={t('themes.auto_advance')}
                checked={advance}
                onChange={(event) => setAdvance(event.currentTarget.checked)}
              />
              {detail.error !== null && <ProblemNote error={detail.error} />}
              {detail.data === undefined ? (
                detail.error === null && <Skeleton h={120} />
              ) : (
                <Facts
                  theme={theme}
                  picture={detail.data}
                  onOpen={onOpen}
                  onAssign={(split) => onAssign(detail.data, split)}
                />
              )}
            </div>
          </div>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
