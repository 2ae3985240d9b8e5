import type { ThemeDetail } from '@minori/contract';
import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../ui/format.ts';
import { Icon } from '../../../ui/icons.tsx';
import { HelpTip } from '../../../ui/notes.tsx';
import type { KeyMap } from '../labeling/keys.ts';
import css from './queues.module.css';
import type { QueueState } from './use-queue.ts';

interface QueueBarProps {
  theme: ThemeDetail;
  queue: QueueState;
  keys: KeyMap;
  onLeave: () => void;
}

/** The queue one works through: what for, how far, and the way out. */
export function QueueBar({ theme, queue, keys, onLeave }: QueueBarProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { mode, waiting, asked } = queue;
  const done = asked === null || waiting === null ? null : Math.max(0, asked - waiting);
  const finished = waiting === 0;
  const { accept, keep, refuse } = keys.actionKeys;
  return (
    <section
      className={css['bar']}
      aria-label={t('themes.queues.bar', { name: t(`themes.queues.names.${mode}`) })}
      data-finished={finished || undefined}
    >
      <Icon name={finished ? 'check' : 'bolt'} />
      <div className={css['what']}>
        <b>{t(`themes.queues.names.${mode}`)}</b>
        <span>{finished ? t('themes.queues.finished') : t(`themes.queues.how.${mode}`, { accept, keep, refuse })}</span>
      </div>
      <HelpTip label={t(`themes.queues.names.${mode}`)}>{t(`themes.queues.more.${mode}`)}</HelpTip>
      <div className={css['far']}>
        <span role="status">
          {waiting === null
            ? ''
            : done === null || asked === null
              ? t('themes.queues.waiting', { count: waiting, shown: format.number(waiting) })
              : t('themes.queues.far', { done: format.number(done), asked: format.number(asked) })}
        </span>
        {done !== null && asked !== null && asked > 0 && (
          <span
            className={css['progress']}
            role="progressbar"
            aria-label={t('themes.queues.done_share')}
            aria-valuemin={0}
            aria-valuemax={asked}
            aria-valuenow={done}
          >
            <i style={{ width: `${(done / asked) * 100}%` }} />
          </span>
        )}
      </div>
      <Button size="compact-sm" variant={finished ? 'filled' : 'default'} onClick={onLeave}>
        {t('themes.queues.leave', { theme: theme.name })}
      </Button>
    </section>
  );
}
