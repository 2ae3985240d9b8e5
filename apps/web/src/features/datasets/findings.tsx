import type { AcceptedFix, Finding } from '@minori/contract';
import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useWording } from '../../i18n/wording.ts';
import { useFormat } from '../../ui/format.ts';
import { Icon, type IconName } from '../../ui/icons.tsx';
import css from './datasets.module.css';
import { blocking, chosenFix, isApplied, withFix, withRecommended } from './mapping.ts';

const ICONS: Record<Finding['severity'], IconName> = { error: 'alert', warning: 'alert', info: 'info' };
const ORDER: Record<Finding['severity'], number> = { error: 0, warning: 1, info: 2 };

interface FindingsProps {
  findings: readonly Finding[];
  fixes?: readonly AcceptedFix[];
  /** Absent: what was found is shown, nothing can be chosen any more. */
  onFixes?: (fixes: AcceptedFix[]) => void;
}
/** What was found in the file, where, and what can be done about it. */
export function Findings({ findings, fixes = [], onFixes }: FindingsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const wording = useWording();
  const open = blocking(findings).filter((finding) => finding.fixes.length > 0);
  const shown = findings.toSorted((a, b) => ORDER[a.severity] - ORDER[b.severity]);
  return (
    <div>
      {onFixes !== undefined && open.length > 1 && (
        <Button variant="light" size="compact-sm" mb={8} onClick={() => onFixes(withRecommended(fixes, findings))}>
          {t('findings.accept_all', { count: open.length })}
        </Button>
      )}
      <ul className={css['findings']}>
        {shown.map((finding) => {
          const params = {
            ...finding.params,
            column: finding.column ?? '',
            count: finding.count,
            rows: finding.rows.slice(0, 5),
            series: finding.series.slice(0, 3),
          };
          const chosen = chosenFix(fixes, finding);
          const settled = finding.severity === 'error' && finding.applied !== null;
          return (
            <li
              key={`${finding.code}-${finding.column ?? ''}`}
              className={`${css['finding']} ${css[settled ? 'info' : finding.severity]}`}
            >
              <Icon name={settled ? 'check' : ICONS[finding.severity]} size={16} />
              <span className={css['findingTitle']}>
                <span className="visually-hidden">{t(`findings.severity.${finding.severity}`)}: </span>
                {wording.findingTitle(finding.code, params)}
              </span>
              <span className={css['findingText']}>{wording.findingText(finding.code, params)}</span>
              {(finding.rows.length > 1 || finding.series.length > 1) && (
                <span className={css['where']}>
                  {finding.rows.length > 1 &&
                    t('findings.rows', {
                      rows: format.list(finding.rows.slice(0, 12).map(String)),
                      more: finding.count > 12 ? t('findings.and_more', { total: format.number(finding.count) }) : '',
                    })}
                  {finding.series.length > 1 &&
                    ` ${t('findings.series', { names: format.list(finding.series.slice(0, 6)) })}`}
                </span>
              )}
              {finding.fixes.length > 0 && onFixes !== undefined && (
                <div className={css['fixes']} role="group" aria-label={t('findings.fixes')}>
                  {finding.fixes.map((fix) => (
                    <button
                      key={`${fix.id}-${JSON.stringify(fix.params)}`}
                      type="button"
                      className={css['fix']}
                      aria-pressed={
                        chosen === undefined
                          ? isApplied(finding, fix)
                          : chosen.id === fix.id && JSON.stringify(chosen.params) === JSON.stringify(fix.params)
                      }
                      onClick={() => onFixes(withFix(fixes, finding, fix))}
                    >
                      {wording.fix(fix.id, fix.params)} {fix.recommended && <small>{t('findings.recommended')}</small>}
                    </button>
                  ))}
                </div>
              )}
              {onFixes === undefined && finding.applied !== null && (
                <span className={css['where']}>
                  {t('findings.applied', { what: wording.fix(finding.applied.id, finding.applied.params) })}
                </span>
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
