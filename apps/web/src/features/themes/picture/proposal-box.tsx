import type { ThemeImage } from '@minori/contract';
import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../ui/format.ts';
import { type Answer, type Mode, proposalOf, settles } from '../labeling/answers.ts';
import type { KeyMap } from '../labeling/keys.ts';
import css from './picture.module.css';

interface ProposalBoxProps {
  picture: ThemeImage;
  names: ReadonlyMap<number, string>;
  keys: KeyMap;
  mode: Mode | null;
  threshold: number;
  readOnly: boolean;
  onAnswer: (how: Answer) => void;
}

/** What the model proposes for the picture, or says against its label, with one button for each answer. */
export function ProposalBox(props: ProposalBoxProps) {
  const { picture, names, keys, mode, threshold, readOnly, onAnswer } = props;
  const { t } = useTranslation();
  const format = useFormat();
  const proposal = proposalOf(picture, threshold);
  const given = picture.label_id === null ? null : (names.get(picture.label_id) ?? '–');
  const settled = picture.decided.includes('label');
  if (proposal === null && !(settles(mode) && given !== null)) return null;
  const label = proposal === null ? null : (names.get(proposal.label_id) ?? '–');
  const button = (how: Answer, text: string, filled = false) => (
    <Button
      size="compact-sm"
      variant={filled ? 'filled' : 'default'}
      disabled={readOnly}
      leftSection={<kbd>{keys.actionKeys[how]}</kbd>}
      onClick={() => onAnswer(how)}
    >
      {text}
    </Button>
  );
  return (
    <section className={css['proposal']} aria-label={t('themes.proposals.title')}>
      {label !== null && proposal !== null && (
        <p>
          {given === null
            ? t('themes.proposals.says', { label, sure: format.percent(proposal.confidence) })
            : t('themes.proposals.doubts', { given, label, sure: format.percent(proposal.confidence) })}
        </p>
      )}
      {settled && <p>{t('themes.settled')}</p>}
      {label !== null && button('accept', t('themes.proposals.take', { label }), given === null)}
      {given === null
        ? button('refuse', t('themes.proposals.refuse'))
        : !settled && button('keep', t('themes.proposals.keep', { label: given }))}
    </section>
  );
}
