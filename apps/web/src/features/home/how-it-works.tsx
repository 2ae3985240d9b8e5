import { useTranslation } from 'react-i18next';
import css from './home.module.css';

const HISTORY = 'M4 74 16 62 28 66 40 50 52 56 64 42 76 48 88 34 100 42 112 30 124 36 136 26';

/** The whole product in one drawing and three lines, for the first visit. */
export function HowItWorks() {
  const { t } = useTranslation();
  return (
    <div className={css['how']}>
      <svg viewBox="0 0 220 84" aria-hidden="true" className={css['howArt']}>
        <path d="M136 26 156 18 176 12 196 8 216 2V44L196 42 176 38 156 36Z" fill="var(--band-outer)" />
        <path d="M136 26 156 22 176 19 196 16 216 12V32L196 33 176 31 156 31Z" fill="var(--band-inner)" />
        <path d="M136 4V80" stroke="var(--line-strong)" strokeDasharray="3 3" />
        <path d={HISTORY} fill="none" stroke="var(--ink)" strokeWidth="1.8" strokeLinejoin="round" />
        <path
          d="M136 26 148 30 160 20 172 28 184 20 196 26 208 16 216 20"
          fill="none"
          stroke="var(--accent)"
          strokeWidth="2.4"
          strokeLinejoin="round"
        />
      </svg>
      <ol className={css['steps']}>
        {(['1', '2', '3'] as const).map((step) => (
          <li key={step}>
            <b>{t(`home.how.${step}.title`)}</b>
            <span>{t(`home.how.${step}.text`)}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
