import { Popover } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '../api/client.ts';
import { useProblemText } from '../i18n/wording.ts';
import { Icon, type IconName } from './icons.tsx';
import css from './notes.module.css';

export type Tone = 'error' | 'warning' | 'info' | 'good';
const ICONS: Record<Tone, IconName> = { error: 'alert', warning: 'alert', info: 'info', good: 'check' };

interface NoteProps {
  tone: Tone;
  title?: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
  /** Announced by screen readers as soon as it shows. */
  live?: boolean;
}
export function Note({ tone, title, children, actions, live = false }: NoteProps) {
  return (
    <div className={`${css['note']} ${css[tone]}`} {...(live ? { role: tone === 'error' ? 'alert' : 'status' } : {})}>
      <Icon name={ICONS[tone]} />
      <div className={css['body']}>
        {title !== undefined && <div className={css['title']}>{title}</div>}
        {children}
      </div>
      {actions}
    </div>
  );
}

/** What happened and what to do; the technical part folds out. */
export function ProblemNote({ error, actions }: { error: unknown; actions?: ReactNode }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const technical =
    error instanceof ApiProblem
      ? [`${error.status} ${error.code}`, ...error.errors.map((e) => `${e.path}: ${e.message}`)].join('\n')
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error);
  return (
    <Note tone="error" title={text(error)} live actions={actions}>
      <details className={css['detail']}>
        <summary>{t('common.details')}</summary>
        <pre>{technical}</pre>
      </details>
    </Note>
  );
}

interface EmptyProps {
  icon: IconName;
  title: string;
  children: ReactNode;
  actions?: ReactNode;
}
/** Nothing here yet: says what will be here and how to begin. */
export function Empty({ icon, title, children, actions }: EmptyProps) {
  return (
    <div className={css['empty']}>
      <span className={css['emptyArt']}>
        <Icon name={icon} size={36} strokeWidth={1.2} />
      </span>
      <h2>{title}</h2>
      <p>{children}</p>
      {actions}
    </div>
  );
}

export type MarkTone = 'good' | 'busy' | 'warn' | 'bad' | 'calm';
const SHAPES: Record<MarkTone, ReactNode> = {
  good: <circle cx="5" cy="5" r="4.5" />,
  busy: <path d="M5 .5a4.5 4.5 0 1 1-4.5 4.500h2a2.5 2.5 0 1 0 2.5-2.500z" />,
  warn: <path d="M5 .5 9.8 9.500H.2z" />,
  bad: <path d="M5 0 10 5 5 10 0 5z" />,
  calm: <circle cx="5" cy="5" r="3.5" fill="none" stroke="currentColor" strokeWidth="1.5" />,
};
/** A state by shape, color and word. */
export function Mark({ tone, children }: { tone: MarkTone; children: ReactNode }) {
  return (
    <span className={`${css['mark']} ${css[`tone-${tone}`]}`}>
      <svg width="10" height="10" viewBox="0 0 10 10" fill="currentColor" aria-hidden="true">
        {SHAPES[tone]}
      </svg>
      {children}
    </span>
  );
}

/** The little question mark beside a field; opens on click, focus stays. */
export function HelpTip({ label, children }: { label: string; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <Popover width={300} position="top" withArrow shadow="md">
      <Popover.Target>
        <button type="button" className={css['help']} aria-label={t('common.help_about', { what: label })}>
          ?
        </button>
      </Popover.Target>
      <Popover.Dropdown style={{ fontSize: 'var(--text-sm)' }}>{children}</Popover.Dropdown>
    </Popover>
  );
}
