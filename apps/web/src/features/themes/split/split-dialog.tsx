import type { SplitAnswer, ThemeDetail } from '@minori/contract';
import { Button, Modal, NumberInput, Skeleton, Textarea } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post } from '../../../api/client.ts';
import { useFormat } from '../../../ui/format.ts';
import { HelpTip, Note, ProblemNote } from '../../../ui/notes.tsx';
import { SPLITS } from '../queries.ts';
import { shareTaken } from './shares.ts';
import css from './split.module.css';

/** Ratios and a seed; what will come out is shown before it is done. */
export function SplitDialog({ theme, onClose }: { theme: ThemeDetail; onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const [percent, setPercent] = useState({ train: 70, valid: 15, test: 15 });
  const [seed, setSeed] = useState(42);
  const [resetting, setResetting] = useState(false);
  const [reason, setReason] = useState('');
  const sum = percent.train + percent.valid + percent.test;
  const body = { train: percent.train / 100, valid: percent.valid / 100, test: percent.test / 100, seed };
  const [asked] = useDebouncedValue(body, 250);
  const path = `/api/theme/${theme.id}/split/`;
  const preview = useQuery({
    queryKey: ['theme', theme.id, 'split', asked],
    queryFn: () => post<SplitAnswer>(path, { ...asked, dry_run: true }),
    enabled: Math.abs(asked.train + asked.valid + asked.test - 1) < 1e-6,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const settled = () => {
    void client.invalidateQueries({ queryKey: ['theme', theme.id] });
    void client.invalidateQueries({ queryKey: ['themes'] });
  };
  const make = useMutation({ mutationFn: () => post<SplitAnswer>(path, body), onSettled: settled });
  const reset = useMutation({
    mutationFn: () => post<SplitAnswer>(path, { ...body, reset: true, reason: reason.trim() }),
    onSuccess: () => {
      setResetting(false);
      setReason('');
      make.reset();
    },
    onSettled: settled,
  });
  const owner = theme.role === 'owner';
  const answer = make.data ?? preview.data;
  const counted = SPLITS.reduce((all, split) => all + (answer?.[split] ?? 0), 0);
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={t('themes.split_title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <div className={css['grid']}>
        <p>{t('themes.split_text')}</p>
        <div className={css['ratios']}>
          {SPLITS.map((split) => (
            <NumberInput
              key={split}
              label={t(`themes.splits.${split}`)}
              suffix="%"
              min={0}
              max={100}
              clampBehavior="strict"
              value={percent[split]}
              onChange={(next) => setPercent(shareTaken(percent, split, Number(next) || 0))}
            />
          ))}
          <NumberInput
            label={
              <>
                {t('themes.seed')} <HelpTip label={t('themes.seed')}>{t('themes.seed_help')}</HelpTip>
              </>
            }
            min={0}
            max={2 ** 31 - 1}
            allowDecimal={false}
            value={seed}
            onChange={(next) => setSeed(Number(next) || 0)}
          />
        </div>
        {sum !== 100 && <Note tone="warning">{t('themes.split_sum', { sum })}</Note>}
        {preview.error !== null && <ProblemNote error={preview.error} />}
        {answer === undefined && preview.isPending && sum === 100 && <Skeleton h={72} />}
        {answer !== undefined && (
          <section
            aria-label={t(make.isSuccess ? 'themes.split_done' : 'themes.split_preview')}
            className={css['answer']}
          >
            <h3>{t(make.isSuccess ? 'themes.split_done' : 'themes.split_preview')}</h3>
            <p role="status">
              {t(make.isSuccess ? 'themes.split_did' : 'themes.split_will', {
                count: answer.assigned,
                assigned: format.number(answer.assigned),
                kept: format.number(answer.kept),
              })}
              {answer.quarantined > 0 && ` ${t('themes.split_quarantined', { count: answer.quarantined })}`}
            </p>
            <dl>
              {SPLITS.map((split) => (
                <div key={split}>
                  <dt>{t(`themes.splits.${split}`)}</dt>
                  <dd>
                    {format.number(answer[split])}
                    <small>{counted === 0 ? '' : format.percent(answer[split] / counted, 1)}</small>
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        )}
        {make.error !== null && <ProblemNote error={make.error} />}
        {reset.isSuccess && !resetting && make.data === undefined && (
          <Note tone="good" live>
            {t('themes.reset_done', { version: reset.data.version_before ?? '–' })}
          </Note>
        )}
        <div className={css['buttons']}>
          <Button
            disabled={sum !== 100 || make.isSuccess || (answer?.assigned ?? 0) === 0}
            loading={make.isPending}
            onClick={() => make.mutate()}
          >
            {t('themes.split_start')}
          </Button>
          <Button variant="default" onClick={onClose}>
            {t(make.isSuccess ? 'common.close' : 'common.cancel')}
          </Button>
          {owner && !resetting && (answer?.kept ?? 0) + (make.data?.assigned ?? 0) > 0 && (
            <Button variant="subtle" color="red" ml="auto" onClick={() => setResetting(true)}>
              {t('themes.reset')}
            </Button>
          )}
        </div>
        {resetting && (
          <Note tone="warning" title={t('themes.reset_title')}>
            <p>{t('themes.reset_text')}</p>
            <Textarea
              mt={8}
              label={t('themes.reset_reason')}
              autosize
              minRows={2}
              maxLength={1000}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
            {reset.error !== null && <ProblemNote error={reset.error} />}
            <div className={css['buttons']} style={{ marginTop: 8 }}>
              <Button
                color="red"
                size="compact-sm"
                disabled={reason.trim() === ''}
                loading={reset.isPending}
                onClick={() => reset.mutate()}
              >
                {t('themes.reset_confirm')}
              </Button>
              <Button size="compact-sm" variant="default" onClick={() => setResetting(false)}>
                {t('common.cancel')}
              </Button>
            </div>
          </Note>
        )}
      </div>
    </Modal>
  );
}
