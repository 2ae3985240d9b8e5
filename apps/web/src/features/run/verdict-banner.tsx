import { LAST_RESORT_MODEL, type ForecastResult, type Run } from '@minori/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { currentLanguage } from '../../i18n/index.ts';
import { useWording } from '../../i18n/wording.ts';
import { useFormat } from '../../ui/format.ts';
import { Icon, type IconName } from '../../ui/icons.tsx';
import { HelpTip } from '../../ui/notes.tsx';
import { nameOf } from './leaderboard.tsx';
import css from './run.module.css';
import { yardstickOf } from './yardstick.ts';

const LOOKS: Record<string, { look: 'good' | 'calm' | 'warn'; icon: IconName }> = {
  skill: { look: 'good', icon: 'check' },
  tie_with_baseline: { look: 'calm', icon: 'info' },
  no_skill: { look: 'calm', icon: 'info' },
  too_short: { look: 'warn', icon: 'alert' },
};

/** The answer first: one conclusion and its grounds. */
export function VerdictBanner({ run, result }: { run: Run; result: ForecastResult | undefined }) {
  const { t } = useTranslation();
  const wording = useWording();
  const frame = (
    look: 'good' | 'calm' | 'warn' | 'bad',
    icon: IconName,
    title: string,
    text: string,
    more = '',
    facts: ReactNode = null,
  ) => (
    <section className={`${css['banner']} ${css[look]}`} aria-label={t('result.verdict')}>
      <span className={css['seal']} aria-hidden="true">
        <Icon name={icon} size={20} />
      </span>
      <h2>{title}</h2>
      {text !== '' && <p>{text}</p>}
      {facts}
      {more !== '' && (
        <details style={{ gridColumn: 2, fontSize: 'var(--text-xs)' }}>
          <summary style={{ cursor: 'pointer', color: 'var(--ink-2)' }}>{t('common.details')}</summary>
          <pre style={{ whiteSpace: 'pre-wrap', maxHeight: 240, overflow: 'auto' }}>{more}</pre>
        </details>
      )}
    </section>
  );
  if (run.failure !== null)
    return frame(
      'bad',
      'alert',
      wording.problem(run.failure.code, run.failure.params),
      t(`cause.${run.failure.cause}`),
      run.failure.detail,
    );
  if (run.status === 'cancelled') return frame('calm', 'close', t('result.cancelled'), t('result.cancelled_text'));
  if (result?.best?.model === LAST_RESORT_MODEL)
    return frame('warn', 'alert', t('result.last_resort'), t('result.last_resort_text'));
  const verdict = result?.verdict;
  if (verdict === undefined || verdict === null) return null;
  const { look, icon } = LOOKS[verdict.code] ?? { look: 'calm' as const, icon: 'info' as const };
  const text = currentLanguage() === 'ja' ? verdict.text_ja : verdict.text_en;
  // The first sentence is the conclusion; the others are its grounds.
  const cut = /^(.+?(?:。|\.(?=\s)))\s*(.*)$/su.exec(text);
  return frame(look, icon, cut?.[1] ?? text, cut?.[2] ?? '', '', result && <Facts result={result} />);
}

/** What was delivered and its error beside the yardstick's, for those who read numbers first. */
function Facts({ result }: { result: ForecastResult }) {
  const { t } = useTranslation();
  const format = useFormat();
  const wording = useWording();
  const row = result.leaderboard.find(({ model }) => model === result.best?.model);
  if (row === undefined) return null;
  const yardstick = yardstickOf(result.leaderboard);
  return (
    <dl className={css['facts']}>
      <div>
        <dt>{t('result.chosen')}</dt>
        <dd>
          {nameOf(row, wording)}
          {row.kind === 'ensemble' && row.rank !== 1 && (
            <>
              {' '}
              <HelpTip label={t('result.chosen')}>{t('result.blend_chosen')}</HelpTip>
            </>
          )}
        </dd>
      </div>
      {row.mase !== null && (
        <div>
          <dt>{t('board.mase')}</dt>
          <dd>
            {format.fixed(row.mase, 2)}
            {yardstick !== null && yardstick !== row && (
              <small>{t('result.yardstick', { mase: format.fixed(yardstick.mase, 2) })}</small>
            )}
          </dd>
        </div>
      )}
      <div>
        <dt>{t('result.tests')}</dt>
        <dd>{t('result.tests_count', { count: row.origins })}</dd>
      </div>
    </dl>
  );
}
