import { THEME_QUEUES, type ThemeDetail, type ThemeQueueName, type ThemeQueues } from '@minori/contract';
import { Button, Popover } from '@mantine/core';
import { useWindowEvent } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { memo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../ui/format.ts';
import { Icon } from '../../../ui/icons.tsx';
import type { Mode } from '../labeling/answers.ts';
import css from './queues.module.css';
import { Survey } from './survey.tsx';

interface QueueChooserProps {
  theme: ThemeDetail;
  overview: ThemeQueues | undefined;
  mode: Mode | null;
  onMode: (mode: Mode) => void;
}

/** All queues, what each is for, and how many pictures wait in it. */
export const QueueChooser = memo(function QueueChooser({ theme, overview, mode, onMode }: QueueChooserProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  // The button that began a survey is gone, and the focus with it: Escape closes all the same.
  useWindowEvent('keydown', (event) => {
    if (event.key === 'Escape') setOpen(false);
  });
  return (
    <Popover
      opened={open}
      onChange={setOpen}
      position="bottom-start"
      width="min(420px, calc(100vw - 32px))"
      shadow="md"
      trapFocus
    >
      <Popover.Target>
        <Button
          size="xs"
          variant={mode === null ? 'light' : 'default'}
          leftSection={<Icon name="bolt" size={14} />}
          onClick={() => {
            if (!open) void client.invalidateQueries({ queryKey: ['theme', theme.id, 'queues'] });
            setOpen(!open);
          }}
        >
          {t('themes.queues.open')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p={12}>
        <div className={css['chooser']}>
          <h2>{t('themes.queues.title')}</h2>
          <p>{t('themes.queues.lead')}</p>
          {overview !== undefined && <Survey theme={theme} overview={overview} />}
          {overview !== undefined && (
            <ul aria-label={t('themes.queues.title')}>
              {THEME_QUEUES.map((name) => (
                <Entry
                  key={name}
                  name={name}
                  waiting={overview.computed_at === null ? null : waitingIn(overview, name)}
                  blocked={blockedBy(overview, name)}
                  chosen={mode === name}
                  onChoose={() => {
                    setOpen(false);
                    onMode(name);
                  }}
                />
              ))}
              {overview.disputed > 0 && (
                <Entry
                  name="disputed"
                  waiting={overview.disputed}
                  blocked={null}
                  chosen={mode === 'disputed'}
                  onChoose={() => {
                    setOpen(false);
                    onMode('disputed');
                  }}
                />
              )}
            </ul>
          )}
          <Link to="/theme/$themeId/agreement/" params={{ themeId: String(theme.id) }} className={css['link']}>
            {t('themes.agreement.title')}
          </Link>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
});

const waitingIn = (overview: ThemeQueues, name: ThemeQueueName) =>
  overview.queues.find((queue) => queue.name === name)?.waiting ?? 0;

/** Why a queue has nothing to offer yet. */
function blockedBy(overview: ThemeQueues, name: ThemeQueueName): 'survey' | 'labels' | null {
  if (overview.computed_at === null) return 'survey';
  return overview.probe === null && (name === 'uncertain' || name === 'suspicious') ? 'labels' : null;
}

interface EntryProps {
  name: Mode;
  waiting: number | null;
  blocked: 'survey' | 'labels' | null;
  chosen: boolean;
  onChoose: () => void;
}
function Entry({ name, waiting, blocked, chosen, onChoose }: EntryProps) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <li>
      <button type="button" aria-pressed={chosen} disabled={blocked !== null || waiting === 0} onClick={onChoose}>
        <b>{t(`themes.queues.names.${name}`)}</b>
        <span className={css['count']}>
          {waiting === null ? '' : t('themes.queues.waiting', { count: waiting, shown: format.number(waiting) })}
        </span>
        <small>{blocked === 'labels' ? t('themes.queues.needs_labels') : t(`themes.queues.for.${name}`)}</small>
      </button>
    </li>
  );
}
