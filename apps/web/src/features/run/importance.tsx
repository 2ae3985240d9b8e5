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
import css from './evidence.module.css';

/** Which columns and settings a method lives by. Measuring takes work, so it waits to be asked for. */
export function ImportanceSheet({ runId, model, name }: { runId: number; model: string; name: string }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<string | null>(null);
  const { data, error, isFetching } = useQuery({ ...importanceQuery(runId, model), enabled: asked === model });
  return (
    <Sheet title={t('importance.title')} note={name} className={css['after']}>
      {error !== null && <ProblemNote error={error} />}
      {data === undefined ? (
        <>
          <p>{t('importance.intro')}</p>
          <Button size="compact-sm" mt={8} loading={isFetching} onClick={() => setAsked(model)}>
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
          <section>
            <h3>
              {t('importance.columns')}{' '}
              <HelpTip label={t('importance.columns')}>
                {t('importance.columns_help', { count: found.windows })}
              </HelpTip>
            </h3>
            <table className={css['shares']}>
              <caption className="visually-hidden">{t('importance.columns')}</caption>
              <thead>
                <tr>
                  <th scope="col">{t('importance.column')}</th>
                  <th scope="col">{t('importance.increase')}</th>
                  <th scope="col">{t('importance.range')}</th>
                </tr>
              </thead>
              <tbody>
                {columns.map(({ name, increase, low, high }) => (
                  <tr key={name}>
                    <th scope="row">{name}</th>
                    <td>
                      <b>{signed(format, increase)}</b>
                    </td>
                    <td>
                      {signed(format, low)} – {signed(format, high)}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        )}
        {settings.length > 0 && (
          <section>
            <h3>
              {t('importance.settings')}{' '}
              <HelpTip label={t('importance.settings')}>
                {t('importance.settings_help', { count: found.trials })}
              </HelpTip>
            </h3>
            <table className={css['shares']}>
              <caption className="visually-hidden">{t('importance.settings')}</caption>
              <thead>
                <tr>
                  <th scope="col">{t('importance.setting')}</th>
                  <th scope="col">{t('importance.share')}</th>
                </tr>
              </thead>
              <tbody>
                {settings.map(({ name, share }) => (
                  <tr key={name}>
                    <th scope="row">{name}</th>
                    <td>
                      <b>{format.percent(share)}</b>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        )}
      </div>
    </>
  );
}

/** A growth says its sign. */
const signed = (format: ReturnType<typeof useFormat>, share: number): string =>
  `${share < 0 ? '−' : '+'}${format.percent(Math.abs(share))}`;
