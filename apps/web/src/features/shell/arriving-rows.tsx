import { ActionIcon, Progress } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../ui/format.ts';
import { Icon } from '../../ui/icons.tsx';
import { type Arriving, type Stage, useArriving } from '../themes/upload/arrivals.ts';
import css from './shell.module.css';

interface OwnArriving extends Arriving {
  readonly stage: Exclude<Stage, { kind: 'none' | 'importing' }>;
}
/** An import that the server reads in is among its runs; the rest is known to this tab only. */
const isOwn = (one: Arriving): one is OwnArriving => one.stage.kind !== 'none' && one.stage.kind !== 'importing';
export const useOwnArriving = (): readonly OwnArriving[] => useArriving().filter(isOwn);
export const isOnItsWay = ({ stage }: Arriving): boolean => stage.kind === 'sending' || stage.kind === 'reading';

/** Pictures that this tab sends, or has a question about, whatever page is open. */
export function ArrivingRows({ arriving, onGo }: { arriving: readonly OwnArriving[]; onGo: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  return arriving.map((one) => {
    const { stage, name } = one;
    const sending = stage.kind === 'sending' ? stage : null;
    const share = sending === null || sending.progress.bytes === 0 ? 0 : sending.progress.sent / sending.progress.bytes;
    return (
      <div key={one.themeId} className={css['trayRow']}>
        <div className={css['trayTop']}>
          <Link to="/theme/$themeId/" params={{ themeId: String(one.themeId) }} onClick={onGo}>
            {t('tray.arriving', { name })}
          </Link>
          {sending !== null && (
            <ActionIcon size="sm" aria-label={t('tray.stop_sending', { name })} onClick={one.cancel}>
              <Icon name="stop" size={14} />
            </ActionIcon>
          )}
        </div>
        {sending !== null && (
          <Progress value={Math.round(share * 100)} size={4} aria-label={t('tray.progress', { name })} />
        )}
        <div className={css['trayMeta']}>
          <span>{t(`tray.stages.${sending?.progress.waiting === true ? 'waiting' : stage.kind}`)}</span>
          {sending !== null && sending.pace !== null && !sending.progress.waiting && (
            <span>{t('arrival.left', { time: format.seconds(Math.ceil(sending.pace.secondsLeft)) })}</span>
          )}
        </div>
      </div>
    );
  });
}
