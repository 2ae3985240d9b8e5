import type { ThemeCheck } from '@minori/contract';
import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { textOf } from '../../../i18n/index.ts';
import { speakable } from '../../../i18n/wording.ts';
import { useFormat } from '../../../ui/format.ts';
import { Mark, type MarkTone, Note, ProblemNote } from '../../../ui/notes.tsx';
import { Sheet } from '../../../ui/page.tsx';
import { checkQuery, fileUrl } from '../queries.ts';
import type { ThemeSearch } from '../search.ts';
import css from './data.module.css';

type Finding = ThemeCheck['findings'][number];
const TONES: Readonly<Record<Finding['severity'], MarkTone>> = { error: 'bad', warning: 'warn', info: 'calm' };
const SHOWN = 8;

/** The pictures that a finding is about, where the theme's page can show them. */
const PLACES: Partial<Record<Finding['code'], ThemeSearch>> = {
  unlabeled: { state: 'unlabeled' },
  unassigned: { split: 'none' },
  quarantined: { quarantined: true },
};

/** What is wrong with a theme before anybody trains on it, and what to do about each. */
export function Check({ themeId }: { themeId: number }) {
  const { t } = useTranslation();
  const { data, error } = useQuery(checkQuery(themeId));
  return (
    <Sheet title={t('themedata.check')} note={t('themedata.check_note')}>
      {error !== null && <ProblemNote error={error} />}
      {data === undefined ? (
        error === null && <Skeleton h={96} />
      ) : (
        <>
          <Note tone={data.ok ? (data.findings.length === 0 ? 'good' : 'info') : 'warning'}>
            {t(
              data.ok
                ? data.findings.length === 0
                  ? 'themedata.check_clean'
                  : 'themedata.check_fit'
                : 'themedata.check_unfit',
            )}
          </Note>
          <ul className={css['findings']}>
            {data.findings.map((finding, at) => (
              // oxlint-disable-next-line react/no-array-index-key -- one code may be found of several labels
              <FindingRow key={`${finding.code}-${at}`} themeId={themeId} finding={finding} />
            ))}
          </ul>
        </>
      )}
    </Sheet>
  );
}

function FindingRow({ themeId, finding }: { themeId: number; finding: Finding }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { code, severity, count, params, images } = finding;
  const values = { ...speakable({ ...params, shown: format.number(count) }, format), count };
  const place = PLACES[code];
  return (
    <li>
      <Mark tone={TONES[severity]}>{t(`themedata.severities.${severity}`)}</Mark>
      <div>
        <b>{textOf(t, `themedata.findings.${code}.what`, code, values)}</b>
        <p>{textOf(t, `themedata.findings.${code}.do`, '', values)}</p>
        {place !== undefined && (
          <Link to="/theme/$themeId/" params={{ themeId: String(themeId) }} search={place}>
            {t('themedata.show')}
          </Link>
        )}
        {images.length > 0 && (
          <ul className={css['pictures']}>
            {images.slice(0, SHOWN).map((image) => (
              <li key={image}>
                <Link
                  to="/theme/$themeId/"
                  params={{ themeId: String(themeId) }}
                  search={{ image }}
                  aria-label={t('themedata.picture', { id: image })}
                >
                  {code === 'files_missing' ? (
                    image
                  ) : (
                    <img src={fileUrl(themeId, image, 'thumb')} alt="" loading="lazy" width={48} height={48} />
                  )}
                </Link>
              </li>
            ))}
            {count > SHOWN && <li>{t('themedata.and_more', { count: count - SHOWN })}</li>}
          </ul>
        )}
      </div>
    </li>
  );
}
