import type { PlanProblem } from '@minori/contract';
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '../../api/client.ts';
import { useWording } from '../../i18n/wording.ts';
import { Icon } from '../../ui/icons.tsx';
import { Note, ProblemNote } from '../../ui/notes.tsx';
import css from './forecast.module.css';

type FoldState = 'locked' | 'open' | 'done';

interface FoldProps {
  number: number;
  state: FoldState;
  title: string;
  lead: ReactNode;
  actions?: ReactNode;
  children?: ReactNode;
}
/** One numbered part of the form; what comes later is named but closed. */
export function Fold({ number, state, title, lead, actions, children }: FoldProps) {
  const mark = state === 'done' ? css['numberDone'] : state === 'open' ? css['numberOn'] : '';
  return (
    <section className={`${css['fold']} ${state === 'locked' ? css['locked'] : ''}`} aria-labelledby={`fold-${number}`}>
      <span className={`${css['number']} ${mark}`} aria-hidden="true">
        {state === 'done' ? <Icon name="check" size={14} strokeWidth={2.4} /> : number}
      </span>
      <div>
        <div className={css['foldHead']}>
          <div>
            <h2 id={`fold-${number}`}>{title}</h2>
            <p>{lead}</p>
          </div>
          {actions}
        </div>
        {children !== undefined && children !== null && <div className={css['foldBody']}>{children}</div>}
      </div>
    </section>
  );
}

/** Why the server would not start it: the plan's own problems, each in its words. */
export function Refusal({ error }: { error: unknown }) {
  const wording = useWording();
  const problems = error instanceof ApiProblem && error.code === 'plan_refused' ? error.params['problems'] : null;
  if (!Array.isArray(problems) || problems.length === 0) return <ProblemNote error={error} />;
  return (
    <Note tone="error" live>
      {(problems as PlanProblem[]).map((problem) => (
        <p key={problem.code}>{wording.planProblem(problem.code, problem.params)}</p>
      ))}
    </Note>
  );
}

/** Always in sight: starts, or says what is missing. */
export function StartBar({
  missing,
  onStart,
  pending = false,
}: {
  missing: string | null;
  onStart?: () => void;
  pending?: boolean;
}) {
  const { t } = useTranslation();
  return (
    <div className={css['startBar']}>
      <span className={css['missing']} id="start-missing" aria-live="polite">
        {missing}
      </span>
      <Button
        size="md"
        disabled={missing !== null}
        loading={pending}
        aria-describedby="start-missing"
        leftSection={<Icon name="play" size={14} />}
        {...(onStart === undefined ? {} : { onClick: onStart })}
      >
        {t('forecast.start')}
      </Button>
    </div>
  );
}
