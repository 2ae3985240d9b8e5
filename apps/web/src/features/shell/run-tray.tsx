import { ActionIcon, Popover, Progress } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { activeRunsQuery } from '../../api/queries.ts';
import { useNow } from '../../live/hooks.ts';
import { useFormat } from '../../ui/format.ts';
import { Icon } from '../../ui/icons.tsx';
import { allowedActions, useRunAction } from '../runs/actions.tsx';
import { secondsLeft, shareDone, useStatusText } from '../runs/status.tsx';
import { ArrivingRows, isOnItsWay, useOwnArriving } from './arriving-rows.tsx';
import css from './shell.module.css';

/** What runs now, from every page: how far, how long still, and a way to stop. */
export function RunTray() {
  const { t } = useTranslation();
  const format = useFormat();
  const statusText = useStatusText();
  const [open, setOpen] = useState(false);
  const { data = [], dataUpdatedAt } = useQuery({
    ...activeRunsQuery,
    refetchInterval: (query) => ((query.state.data?.length ?? 0) > 0 ? (open ? 1500 : 5000) : false),
  });
  const now = useNow(open);
  const action = useRunAction();
  const arriving = useOwnArriving();
  const busy = data.filter((run) => run.status !== 'paused').length + arriving.filter(isOnItsWay).length;
  const count = data.length + arriving.length;
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" width={340} shadow="md" trapFocus>
      <Popover.Target>
        <button
          type="button"
          className={`${css['chip']} ${busy > 0 ? css['busy'] : ''}`}
          aria-label={t('tray.open', { count })}
          onClick={() => setOpen((was) => !was)}
        >
          {busy > 0 ? <span className={css['pulse']} /> : <Icon name="clock" size={16} />}
          <span className="num">{count}</span>
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <div className={css['trayHead']}>
          {t('tray.title')}
          <Link to="/history/" onClick={() => setOpen(false)}>
            {t('nav.history')}
          </Link>
        </div>
        {count === 0 && <p className={css['trayMeta']}>{t('tray.empty')}</p>}
        <ArrivingRows arriving={arriving} onGo={() => setOpen(false)} />
        {data.map((run) => {
          const left = secondsLeft(run, dataUpdatedAt, now);
          const stop = allowedActions(run).includes('stop') ? 'stop' : 'cancel';
          return (
            <div key={run.id} className={css['trayRow']}>
              <div className={css['trayTop']}>
                <Link to="/runs/$runId/" params={{ runId: String(run.id) }} onClick={() => setOpen(false)}>
                  {run.name}
                </Link>
                <ActionIcon
                  size="sm"
                  aria-label={t(stop === 'stop' ? 'tray.stop' : 'tray.cancel', { name: run.name })}
                  title={t(`run.confirm.${stop}.text`)}
                  disabled={!allowedActions(run).includes(stop)}
                  onClick={() => action.mutate({ id: run.id, action: stop })}
                >
                  <Icon name={stop === 'stop' ? 'stop' : 'close'} size={14} />
                </ActionIcon>
              </div>
              <Progress
                value={Math.round(shareDone(run, left) * 100)}
                animated={run.status === 'running'}
                size={4}
                aria-label={t('tray.progress', { name: run.name })}
              />
              <div className={css['trayMeta']}>
                <span>
                  {statusText(run.status)}
                  {run.queue_position !== null && ` · ${t('run.queue_position', { position: run.queue_position })}`}
                </span>
                {left !== null && run.status !== 'queued' && (
                  <span>{t('run.time_left', { time: format.seconds(left) })}</span>
                )}
              </div>
            </div>
          );
        })}
      </Popover.Dropdown>
    </Popover>
  );
}
