import type { Importance } from '@minori/contract';
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { importanceQuery } from '../../api/queries.ts';
import { useWording } from '../../i18n/wording.ts';
import { useFormat } from '../../ui/format.ts';
import { HelpTip, ProblemNote } from '../../ui/notes.tsx';
import { Sheet } from '../../ui/page.tsx';
import { ShareBar } from './share-bar.tsx';
import css from './evidence.module.css';

/** Which columns and settings a method lives by. Measuring takes work, so it waits to be asked for, once. */
export function ImportanceSheet({ runId, model, name }: { runId: number; model: string; name: string }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<string | null>(null);
  const measure = asked === model;
  const { data, error, isFetching } = useQuery(importanceQuery(runId, model, measure));
  return (
    <Sheet title={t('importance.title')} note={name} className={css['after']}>
      {error !== null && <ProblemNote error={error} />}
      {!data ? (
        <>
          <p>{t('importance.intro')}</p>
          <Button size="compact-sm" mt={8} loading={measure && isFetching} onClick={() => setAsked(model)}>
            {t('importance.measure')}
          </Button>
        </>
      ) : (
        <Found found={data} asked={model} />
      )}
    </Sheet>
  );
}

function Found({ found, asked }: { found: Importance; asked: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const wording = useWording();
  const { columns, settings } = found;
  if (columns.length === 0 && settings.length === 0) return <p>{t('importance.nothing')}</p>;
  return (
    <>
      {found.model !== asked && <p>{t('importance.member', { model: wording.model(found.model) })}</p>}
      <div className={css['panels']}>
        {columns.length > 0 && (
          <Ranking
            title={t('importance.columns')}
            help={t('importance.columns_help', { count: found.windows })}
            heads={[t('importance.column'), t('importance.increase'), t('importance.range')]}
            rows={columns.map(({ name, increase, low, high }) => ({
              name,
              value: signed(format, increase),
              bar: increase,
              range: `${signed(format, low)} – ${signed(format, high)}`,
            }))}
          />
        )}
        {settings.length > 0 && (
          <Ranking
            title={t('importance.settings')}
            help={t('importance.settings_help', { count: found.trials })}
            heads={[t('importance.setting'), t('importance.share')]}
            rows={settings.map(({ name, share }) => ({ name, value: format.percent(share), bar: share }))}
          />
        )}
      </div>
    </>
  );
}

interface RankingProps {
  title: string;
  help: string;
  heads: readonly string[];
  /** `bar` is drawn against the largest; what is below 0 has none. */
  rows: readonly { name: string; value: string; bar: number; range?: string }[];
}
function Ranking({ title, help, heads, rows }: RankingProps) {
  const largest = Math.max(...rows.map(({ bar }) => bar));
  return (
    <section>
      <h3>
        {title} <HelpTip label={title}>{help}</HelpTip>
      </h3>
      <table className={css['shares']}>
        <caption className="visually-hidden">{title}</caption>
        <thead>
          <tr>
            {heads.map((head, at) => (
              // The bars need no heading of their own.
              <th key={head} scope="col" colSpan={at === heads.length - 1 ? 2 : 1}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, value, bar, range }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>
                <b>{value}</b>
              </td>
              {range !== undefined && <td>{range}</td>}
              <td style={{ width: '34%' }}>
                <ShareBar share={largest > 0 ? Math.max(0, bar) / largest : 0} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** A growth says its sign. */
const signed = (format: ReturnType<typeof useFormat>, share: number): string =>
  `${share < 0 ? '−' : '+'}${format.percent(Math.abs(share))}`;
