import type { ThemeCheck } from '@minori/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../ui/format.ts';
import { Note } from '../../../ui/notes.tsx';
import { checkQuery } from '../queries.ts';

type Code = ThemeCheck['findings'][number]['code'];
/** A source that brings its own splits may put the same thing on both sides. */
const LEAKS = ['duplicates_across_splits', 'group_torn'] as const satisfies readonly Code[];

/** What an import has let into several splits, told as soon as it is in. */
export function Leaks({ themeId }: { themeId: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data } = useQuery(checkQuery(themeId));
  const found = LEAKS.flatMap((code) => data?.findings.find((one) => one.code === code) ?? []);
  if (found.length === 0) return null;
  return (
    <Note tone="warning" live title={t('arrival.leaks')}>
      {LEAKS.map((code) => {
        const count = found.find((one) => one.code === code)?.count;
        if (count === undefined) return null;
        return (
          <p key={code}>
            {t(`themedata.findings.${code}.what`, { count, shown: format.number(count) })}{' '}
            <Link to="/theme/$themeId/data/" params={{ themeId: String(themeId) }}>
              {t('themedata.show')}
            </Link>
          </p>
        );
      })}
    </Note>
  );
}
