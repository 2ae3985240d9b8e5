import type { Plan } from '@minori/contract';
import { Checkbox, Skeleton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useWording } from '../../i18n/wording.ts';
import { useFormat } from '../../ui/format.ts';
import { Note } from '../../ui/notes.tsx';
import css from './forecast.module.css';
import { WindowsDiagram } from './windows-diagram.tsx';

interface Props {
  plan: Plan;
  /** Points of a typical series. */
  length: number;
  /** Families switched off by hand. */
  off: ReadonlySet<string>;
  onToggle: (family: string, on: boolean) => void;
}

/** What will be done, why, and what it costs. */
export function PlanView({ plan, length, off, onToggle }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const wording = useWording();
  const skipped = byReason(
    plan.skipped
      .filter((skip) => !off.has(skip.family))
      .map(({ family, reasons }) => ({
        name: wording.model(family),
        why: wording.sentences(reasons.map((reason) => wording.planReason(reason.code, reason.params))),
      })),
  );
  const removed = [...off].filter((family) => !plan.candidates.some((c) => c.family === family));
  return (
    <div className={css['plan']}>
      <div style={{ display: 'grid', gap: 12, minWidth: 0 }}>
        {plan.problems.map((problem) => (
          <Note
            key={problem.code + (problem.field ?? '')}
            tone={problem.severity === 'error' ? 'error' : problem.severity === 'warning' ? 'warning' : 'info'}
          >
            {wording.planProblem(problem.code, problem.params)}
          </Note>
        ))}
        <ul className={css['candidates']} aria-label={t('plan.candidates')}>
          {plan.candidates.map((candidate) => (
            <li key={candidate.family} className={css['candidate']}>
              <Checkbox
                mt={2}
                checked={!off.has(candidate.family)}
                disabled={candidate.kind === 'baseline'}
                aria-label={t('plan.use', { name: wording.model(candidate.family) })}
                onChange={(event) => onToggle(candidate.family, event.currentTarget.checked)}
              />
              <div>
                <b>{wording.model(candidate.family)}</b>
                <span className={css['kind']}>{t(`kinds.${candidate.kind}`)}</span>
                <p>
                  {wording.sentences([
                    wording.modelDescription(candidate.family),
                    ...candidate.reasons.map((reason) => wording.planReason(reason.code, reason.params)),
                  ])}
                </p>
              </div>
              <div className={css['cost']}>
                {t('plan.about', { time: format.seconds(candidate.estimated_seconds) })}
                <br />
                {format.bytes(candidate.estimated_memory_bytes)}
              </div>
            </li>
          ))}
          {removed.map((family) => (
            <li key={family} className={`${css['candidate']} ${css['off']}`}>
              <Checkbox
                mt={2}
                checked={false}
                aria-label={t('plan.use', { name: wording.model(family) })}
                onChange={() => onToggle(family, true)}
              />
              <div>
                <b>{wording.model(family)}</b>
                <p>{t('plan.switched_off')}</p>
              </div>
              <span />
            </li>
          ))}
        </ul>
        {skipped.length > 0 && (
          <details className={css['skipped']}>
            <summary>{t('plan.skipped', { count: skipped.reduce((sum, { names }) => sum + names.length, 0) })}</summary>
            {skipped.map(({ why, names }) => (
              <p key={why}>
                <b>{why}</b> {format.list(names)}
              </p>
            ))}
          </details>
        )}
      </div>
      <div style={{ display: 'grid', gap: 16, minWidth: 0 }}>
        {plan.origins > 0 && (
          <div>
            <h3>{t('plan.windows', { count: plan.origins })}</h3>
            <p style={{ fontSize: 'var(--text-xs)', color: 'var(--ink-2)', margin: '2px 0 10px' }}>
              {t('plan.windows_text')}
            </p>
            <WindowsDiagram length={length} horizon={plan.horizon} origins={plan.origins} />
          </div>
        )}
        {plan.reasons.length > 0 && (
          <div>
            <h3 style={{ marginBottom: 6 }}>{t('plan.why')}</h3>
            <ul className={css['reasons']}>
              {plan.reasons.map((reason) => (
                <li key={reason.code}>{wording.planReason(reason.code, reason.params)}</li>
              ))}
            </ul>
          </div>
        )}
        <p style={{ fontSize: 'var(--text-sm)' }} className="num">
          {t('plan.cost', {
            time: format.seconds(plan.estimated_seconds),
            memory: format.bytes(plan.estimated_memory_bytes),
            slots: plan.slots,
          })}
        </p>
      </div>
    </div>
  );
}

/** Families that are left out for the same reason stand together. */
function byReason(skipped: readonly { name: string; why: string }[]): { why: string; names: string[] }[] {
  const names = new Map<string, string[]>();
  for (const { name, why } of skipped) names.set(why, [...(names.get(why) ?? []), name]);
  return [...names].map(([why, held]) => ({ why, names: held }));
}

export function PlanSkeleton() {
  return (
    <div className={css['plan']}>
      <Skeleton h={280} />
      <Skeleton h={200} />
    </div>
  );
}
