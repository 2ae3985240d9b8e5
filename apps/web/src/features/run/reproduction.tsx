import type { Run, Sameness } from '@minori/contract';
import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { reproductionQuery } from '../../api/queries.ts';
import { useWording } from '../../i18n/wording.ts';
import { useFormat } from '../../ui/format.ts';
import { Mark, type MarkTone, Note, ProblemNote } from '../../ui/notes.tsx';
import { Scroll, Sheet } from '../../ui/page.tsx';
import css from './run.module.css';

const TONES: Record<Sameness, MarkTone> = { identical: 'good', within_tolerance: 'calm', different: 'bad' };

/** A run made again from its record: the answer first, then every step that was compared. */
export function Reproduction({ run }: { run: Run }) {
  const { t } = useTranslation();
  const format = useFormat();
  const wording = useWording();
  // Until the answer itself says that it is final: the run's end may be known a moment before it.
  const { data, error } = useQuery({
    ...reproductionQuery(run.id),
    refetchInterval: (query) => (query.state.data?.final === true ? false : 2000),
  });
  if (error !== null) return <ProblemNote error={error} />;
  if (data === undefined) return <Skeleton h={240} />;
  const { answer, first_difference: first, steps } = data;
  return (
    <>
      {answer !== null && (
        <Note
          tone={answer === 'identical' ? 'good' : answer === 'different' ? 'warning' : 'info'}
          title={t(`reproduce.answers.${answer}`)}
        >
          <p>{t('reproduce.meaning')}</p>
          <Link to="/runs/$runId/" params={{ runId: String(data.source_id) }}>
            {t('reproduce.source', { id: data.source_id })}
          </Link>
        </Note>
      )}
      <Sheet title={t('reproduce.steps')} note={t('reproduce.steps_note')} flush>
        {steps.length === 0 ? (
          <p className={css['quiet']}>{t('reproduce.waiting')}</p>
        ) : (
          <Scroll label={t('reproduce.steps')}>
            <table className={css['board']}>
              <caption className="visually-hidden">{t('reproduce.steps')}</caption>
              <thead>
                <tr>
                  <th scope="col">{t('reproduce.step')}</th>
                  <th scope="col">{t('reproduce.answer')}</th>
                  <th scope="col" className={css['num']}>
                    {t('reproduce.difference')}
                  </th>
                  <th scope="col">{t('reproduce.recorded')}</th>
                  <th scope="col">{t('reproduce.found')}</th>
                </tr>
              </thead>
              <tbody>
                {steps.map((step, index) => (
                  <tr key={`${step.step} ${step.model ?? ''}`} className={index === first ? (css['rowOn'] ?? '') : ''}>
                    <td style={{ whiteSpace: 'nowrap' }}>
                      {t(`reproduce.what.${step.step}`)}
                      {step.model !== null && ` · ${wording.model(step.model)}`}
                    </td>
                    <td>
                      <Mark tone={TONES[step.answer]}>{t(`reproduce.sameness.${step.answer}`)}</Mark>
                    </td>
                    <td className={css['num']}>{step.difference === null ? '–' : format.number(step.difference, 9)}</td>
                    <td className="mono">{short(step.recorded)}</td>
                    <td className="mono">{short(step.found)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
        )}
      </Sheet>
    </>
  );
}

/** Hashes are known by their head. */
const short = (text: string | null): string =>
  text === null ? '–' : text.length > 24 ? `${text.slice(0, 16)}…` : text;
