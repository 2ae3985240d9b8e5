import type { ConfigIssue } from '@minori/contract';
import { useId, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useIssueText } from './issue-text.ts';
import css from './pipeline.module.css';
import type { Draft } from './use-drafts.ts';

/** A mistake is told below without leaving the page's first sight. */
const MOST_ROWS = 20;

/** The file as text: lines are numbered, those with a mistake marked, and each mistake leads to its line. */
export function YamlField({ draft, readOnly }: { draft: Draft; readOnly: boolean }) {
  const { t } = useTranslation();
  const say = useIssueText();
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLPreElement>(null);
  const wrong = new Set(draft.issues.map(({ line }) => line));
  const lines = draft.text.split('\n').length;
  const file = `${draft.name}.yaml`;
  const goTo = ({ line, column }: ConfigIssue) => {
    const node = area.current;
    if (node === null || line === null) return;
    const before = draft.text.split('\n').slice(0, line - 1);
    const at = before.reduce((sum, text) => sum + text.length + 1, (column ?? 1) - 1);
    node.focus();
    node.setSelectionRange(at, at);
  };
  return (
    <div className={css['yaml']}>
      <label htmlFor={id}>{t('pipeline.as_text', { file })}</label>
      <div className={css['code']}>
        <pre ref={gutter} aria-hidden="true">
          {Array.from({ length: lines }, (_, at) => (
            <span key={at} data-wrong={wrong.has(at + 1) || undefined}>
              {at + 1}
              {'\n'}
            </span>
          ))}
        </pre>
        <textarea
          id={id}
          ref={area}
          value={draft.text}
          readOnly={readOnly}
          rows={Math.min(MOST_ROWS, Math.max(12, lines + 1))}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          wrap="off"
          aria-invalid={draft.issues.length > 0}
          aria-describedby={`${id}-issues`}
          onChange={(event) => draft.write(event.currentTarget.value)}
          onScroll={(event) => {
            if (gutter.current !== null) gutter.current.scrollTop = event.currentTarget.scrollTop;
          }}
        />
      </div>
      <div id={`${id}-issues`} role="status" className={css['issues']}>
        {draft.issues.length === 0 ? (
          <p className={css['fine']}>{t('pipeline.no_mistakes')}</p>
        ) : (
          <ul aria-label={t('pipeline.mistakes', { file })}>
            {draft.issues.slice(0, 8).map((issue) => (
              <li key={`${issue.line} ${issue.path} ${issue.message}`}>
                <button type="button" onClick={() => goTo(issue)}>
                  {issue.line !== null && <b>{t('pipeline.line', { line: issue.line })}</b>}{' '}
                  {issue.path !== '' && <code>{issue.path}</code>} {say(issue)}
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}
