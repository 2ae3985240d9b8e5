import { Button, Slider } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../ui/format.ts';
import { HelpTip } from '../../../ui/notes.tsx';
import { toast } from '../../../ui/toast.tsx';
import type { KeyMap } from '../labeling/keys.ts';
import type { Labeling } from '../labeling/use-labeling.ts';
import { acceptableQuery, type PictureFilter } from '../queries.ts';
import css from './queues.module.css';

interface ProposalsProps {
  themeId: number;
  filter: PictureFilter;
  threshold: number;
  onThreshold: (threshold: number) => void;
  keys: KeyMap;
  labeling: Labeling;
  /** Shows exactly what would be accepted; null: that is what is shown. */
  onShow: (() => void) | null;
}

/** What the model proposes for unlabeled pictures: how sure it must be, and all of them at once. */
export function Proposals({ themeId, filter, threshold, onThreshold, keys, labeling, onShow }: ProposalsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [asked] = useDebouncedValue(threshold, 250);
  const { data: count } = useQuery(acceptableQuery(themeId, filter, asked));
  const [busy, setBusy] = useState(false);
  const share = format.percent(threshold);
  const accept = async () => {
    setBusy(true);
    const answer = await labeling.acceptAll(filter, threshold);
    setBusy(false);
    if (answer !== null)
      toast('good', t('themes.proposals.accepted', { count: answer.updated, key: keys.actionKeys.undo }));
  };
  return (
    <section className={css['proposals']} aria-label={t('themes.proposals.title')}>
      <h2>
        {t('themes.proposals.title')}
        <HelpTip label={t('themes.proposals.title')}>{t('themes.proposals.help')}</HelpTip>
      </h2>
      <div className={css['threshold']}>
        <span>{t('themes.proposals.threshold')}</span>
        <b className="num">{share}</b>
      </div>
      <Slider
        size="sm"
        min={0.3}
        max={1}
        step={0.01}
        label={null}
        value={threshold}
        onChange={onThreshold}
        thumbLabel={t('themes.proposals.threshold')}
      />
      <p>
        <kbd>{keys.actionKeys.accept}</kbd> {t('themes.proposals.accept_one')} <kbd>{keys.actionKeys.refuse}</kbd>{' '}
        {t('themes.proposals.refuse_one')}
      </p>
      {onShow !== null && (
        <Button size="compact-xs" variant="subtle" disabled={(count ?? 0) === 0} onClick={onShow}>
          {t('themes.proposals.show', { count: count ?? 0, shown: format.number(count) })}
        </Button>
      )}
      <Button
        size="compact-sm"
        variant="default"
        loading={busy}
        disabled={(count ?? 0) === 0}
        onClick={() => void accept()}
      >
        {t('themes.proposals.accept_all', { count: count ?? 0, shown: format.number(count) })}
      </Button>
    </section>
  );
}
