import type { LeaderboardRow } from '@minori/contract';
import { ActionIcon, Button, Progress } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Spark } from '../../charts/spark.tsx';
import { textOf } from '../../i18n/index.ts';
import { useWording, type Wording } from '../../i18n/wording.ts';
import { useFormat } from '../../ui/format.ts';
import { Icon } from '../../ui/icons.tsx';
import { toast } from '../../ui/toast.tsx';
import { useRunAction } from '../runs/actions.tsx';
import css from './run.module.css';
import { yardstickOf } from './yardstick.ts';

/** Rows of a long leaderboard that are read first. */
const AT_FIRST = 12;
const waiting = new Set(['queued', 'preparing', 'running', 'pausing', 'paused', 'finishing', 'cancelling']);

/** Ranked rows first, then those at work, then those that failed. */
export function sortedRows(rows: readonly LeaderboardRow[]): LeaderboardRow[] {
  const place = (row: LeaderboardRow) => (row.rank !== null ? row.rank : waiting.has(row.status) ? 1e6 : 2e6);
  return rows.toSorted((a, b) => place(a) - place(b) || a.model.localeCompare(b.model));
}

/** How much smaller the error is than the yardstick's, as a share; null when it cannot be said. */
export function gainOver(row: LeaderboardRow, yardstick: LeaderboardRow | null): number | null {
  if (row.mase === null || row.baseline || yardstick === null || !yardstick.mase) return null;
  return 1 - row.mase / yardstick.mase;
}

/** Families are named by the texts, people's own forecasts by people. */
export const nameOf = (row: Pick<LeaderboardRow, 'model' | 'label'>, wording: Wording): string =>
  row.label ?? wording.model(row.model);

interface Props {
  rows: readonly LeaderboardRow[];
  /** Family -> trials asked for so far. */
  trials: ReadonlyMap<string, number>;
  /** Family whose forecast is shown. */
  shown: string | null;
  onShow: (model: string) => void;
}
export function Leaderboard({ rows, trials, shown, onShow }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const wording = useWording();
  const action = useRunAction();
  const [all, setAll] = useState(false);
  const everyone = sortedRows(rows);
  const long = everyone.length > AT_FIRST + 3;
  // The head of the table, and whatever is shown or still at work: nothing that can be acted on is hidden.
  const sorted =
    all || !long
      ? everyone
      : everyone.filter((row, index) => index < AT_FIRST || row.model === shown || waiting.has(row.status));
  const atWork = everyone.some((row) => waiting.has(row.status));
  const yardstick = yardstickOf(rows);
  const lastTied = sorted.findLastIndex((row) => row.tied);
  const tied = everyone.filter((row) => row.tied).length;
  return (
    <div className={css['scroll']}>
      <table className={css['board']}>
        <caption className="visually-hidden">{t('board.caption')}</caption>
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">{t('board.rank')}</span>
            </th>
            <th scope="col">{t('board.model')}</th>
            <th scope="col" className={css['num']}>
              {t('board.mase')}
            </th>
            <th scope="col" className={css['spark']}>
              {t('board.by_origin')}
            </th>
            <th scope="col" className={css['num']}>
              {t('board.cost')}
            </th>
            {atWork && (
              <th scope="col">
                <span className="visually-hidden">{t('board.actions')}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row, index) => {
            const gain = gainOver(row, yardstick);
            const busy = waiting.has(row.status);
            const name = nameOf(row, wording);
            const tried = trials.get(row.model) ?? 0;
            return (
              <tr
                key={row.model}
                className={`${row.model === shown ? css['rowOn'] : ''} ${row.rank === 1 ? css['leader'] : ''} ${index === lastTied && tied > 1 ? css['rule'] : ''}`}
              >
                <td className={css['rank']}>
                  {row.rank ?? ''}
                  {row.tied && tied > 1 && <span className={css['tie']} title={t('board.tied')} />}
                  {row.tied && tied > 1 && <span className="visually-hidden">{t('board.tied')}</span>}
                </td>
                <td>
                  <button
                    type="button"
                    className={css['model']}
                    aria-pressed={row.model === shown}
                    disabled={row.mase === null}
                    onClick={() => onShow(row.model)}
                  >
                    {name}
                  </button>
                  <span className={css['sub']}>
                    {row.model === yardstick?.model ? t('board.yardstick') : t(`kinds.${row.kind}`)}
                    {tried > 1 && (
                      <span style={{ whiteSpace: 'nowrap' }}> · {t('board.trials', { count: tried })}</span>
                    )}
                    {row.notes.map(({ code, params }) => (
                      <span key={code}> · {textOf(t, `board.notes.${code}`, code, params)}</span>
                    ))}
                    {row.failure !== null && <Failure id={row.id} failure={row.failure} />}
                  </span>
                </td>
                <td className={css['num']}>
                  {row.mase === null && busy ? (
                    <Progress
                      value={Math.round((row.progress ?? 0) * 100)}
                      animated
                      w={72}
                      ml="auto"
                      size={4}
                      aria-label={t('board.progress', { name })}
                    />
                  ) : (
                    <>
                      <b>{format.fixed(row.mase)}</b>
                      {gain !== null && (
                        <span
                          className={`${css['sub']} ${gain > 0 ? css['less'] : ''}`}
                          title={
                            gain >= 0
                              ? t('board.smaller', { share: format.percent(gain) })
                              : t('board.larger', { share: format.percent(-gain) })
                          }
                        >
                          {gain > 0 ? '−' : '+'}
                          {format.percent(Math.abs(gain))}
                        </span>
                      )}
                    </>
                  )}
                </td>
                <td className={css['spark']}>
                  {row.by_origin.some((value) => value !== null) && (
                    <Spark
                      values={row.by_origin}
                      dots={row.by_origin.length <= 12}
                      width={56}
                      label={t('board.spark', {
                        name,
                        values: format.list(row.by_origin.map((v) => format.number(v))),
                      })}
                    />
                  )}
                </td>
                <td className={css['num']}>{row.seconds === null ? '' : format.seconds(row.seconds)}</td>
                {atWork && (
                  <td className={css['num']}>
                    {busy && (
                      <ActionIcon
                        size="sm"
                        aria-label={t('board.stop', { name })}
                        title={t('board.stop', { name })}
                        onClick={() =>
                          action.mutate(
                            { id: row.id, action: 'cancel' },
                            { onSuccess: () => toast('good', t('board.stopped', { name })) },
                          )
                        }
                      >
                        <Icon name="close" size={14} />
                      </ActionIcon>
                    )}
                  </td>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
      {tied > 1 && (
        <p className={css['tieNote']}>
          <span>{t('board.tie_note', { count: tied, windows: Math.max(...rows.map((row) => row.origins)) })}</span>
        </p>
      )}
      {long && (
        <Button size="compact-xs" variant="subtle" m={8} onClick={() => setAll((held) => !held)}>
          {all ? t('board.fewer') : t('board.all', { count: everyone.length })}
        </Button>
      )}
    </div>
  );
}

/** Why a family has no errors, and the way to the details of what failed. */
function Failure({ id, failure }: { id: number; failure: NonNullable<LeaderboardRow['failure']> }) {
  const { t } = useTranslation();
  const wording = useWording();
  // Who ended it is said by the code; all else is said shortly by its cause.
  if (failure.cause === 'time_limit') return ` · ${wording.problem(failure.code)}`;
  return (
    <>
      {' · '}
      <Link to="/runs/$runId/" params={{ runId: String(id) }}>
        {textOf(t, `board.failed.${failure.cause}`, failure.cause)}
      </Link>
    </>
  );
}

/** Every measure of every family, for those who want to look closer. */
export function ErrorTable({ rows, levels }: { rows: readonly LeaderboardRow[]; levels: readonly number[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const wording = useWording();
  return (
    // Focusable, so that the keyboard can scroll it.
    <div className={css['scroll']} tabIndex={0} role="group" aria-label={t('result.errors')}>
      <table className={css['board']}>
        <caption className="visually-hidden">{t('result.errors')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('board.model')}</th>
            {(['mase', 'smape', 'wql', 'mae', 'rmse'] as const).map((metric) => (
              <th key={metric} scope="col" className={css['num']} title={t(`metrics.${metric}_text`)}>
                {t(`metrics.${metric}`)}
              </th>
            ))}
            {levels.map((level) => (
              <th key={level} scope="col" className={css['num']} title={t('metrics.coverage_text', { level })}>
                {t('metrics.coverage', { level })}
              </th>
            ))}
            <th scope="col" className={css['num']}>
              {t('board.origins')}
            </th>
            <th scope="col" className={css['num']}>
              {t('board.cost')}
            </th>
            <th scope="col" className={css['num']}>
              {t('board.cpu')}
            </th>
          </tr>
        </thead>
        <tbody>
          {sortedRows(rows).map((row) => (
            <tr key={row.model}>
              <td style={{ whiteSpace: 'nowrap' }}>{nameOf(row, wording)}</td>
              <td className={css['num']}>{format.fixed(row.mase)}</td>
              <td className={css['num']}>{format.percent(row.smape, 1)}</td>
              <td className={css['num']}>{format.fixed(row.wql)}</td>
              <td className={css['num']}>{format.value(row.mae)}</td>
              <td className={css['num']}>{format.value(row.rmse)}</td>
              {levels.map((level) => (
                <td key={level} className={css['num']}>
                  {format.percent(row.coverage[String(level)] ?? null)}
                </td>
              ))}
              <td className={css['num']}>{row.origins}</td>
              <td className={css['num']}>{format.seconds(row.seconds)}</td>
              <td className={css['num']}>{format.seconds(row.cpu_seconds)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
