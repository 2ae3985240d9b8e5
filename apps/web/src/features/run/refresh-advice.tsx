import type { ForecastResult, Run } from '@minori/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { resultQuery, runQuery } from '../../api/queries.ts';
import { useFormat } from '../../ui/format.ts';
import { LinkButton } from '../../ui/link-button.tsx';
import { Note } from '../../ui/notes.tsx';
import { adviceOf } from './advice.ts';

const rowsOf = (run: Run | undefined): number | null => {
  const rows = run?.parameters['Data']?.['rows'];
  return typeof rows === 'number' ? rows : null;
};

/** Above a forecast that was made again with the methods of an earlier search: do they still serve? */
export function RefreshAdvice({ run, result }: { run: Run; result: ForecastResult }) {
  const { t } = useTranslation();
  const format = useFormat();
  const source = result.refresh_of ?? 0;
  const { data: before } = useQuery(resultQuery(source));
  const { data: detail } = useQuery(runQuery(String(source)));
  if (before === undefined || detail === undefined) return null;
  const [now, then] = [rowsOf(run), rowsOf(detail.run)];
  const { code, share } = adviceOf(result, before, now === null || then === null ? null : { now, before: then });
  return (
    <div style={{ marginBottom: 16 }}>
      <Note
        tone={code === 'keep' ? 'info' : 'warning'}
        title={t(`refresh.advice.${code}`, { share: format.percent(share) })}
      >
        <p>
          {t('refresh.kept')}{' '}
          <Link to="/runs/$runId/" params={{ runId: String(source) }}>
            #{source} {detail.run.name}
          </Link>
        </p>
        {code !== 'keep' && (
          <LinkButton
            to="/forecast/new/"
            search={{ from: source, ...(run.dataset_id === null ? {} : { dataset: run.dataset_id }) }}
            size="compact-sm"
            mt={8}
          >
            {t('refresh.search_again')}
          </LinkButton>
        )}
      </Note>
    </div>
  );
}
