import { useTranslation } from 'react-i18next';
import { Sheet, Page } from '../ui/page.tsx';

const TOPICS = [
  'begin',
  'data',
  'reading',
  'verdicts',
  'mase',
  'intervals',
  'budget',
  'stop',
  'safe',
  'labeling',
  'pictures_in',
  'splits',
  'programs',
] as const;

/** Short answers to the questions these pages raise. */
export function HelpPage() {
  const { t } = useTranslation();
  return (
    <Page
      title={t('help.title')}
      lead={t('help.lead')}
      width="narrow"
      crumbs={[{ label: t('nav.home'), to: '/' }, { label: t('help.title') }]}
    >
      <div style={{ display: 'grid', gap: 8 }}>
        {TOPICS.map((topic) => (
          <Sheet key={topic} title={t(`help.${topic}.title`)}>
            <p style={{ color: 'var(--ink-2)', fontSize: 'var(--text-sm)' }}>{t(`help.${topic}.text`)}</p>
          </Sheet>
        ))}
      </div>
    </Page>
  );
}
