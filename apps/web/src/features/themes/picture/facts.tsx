import type { Split, ThemeDetail, ThemeImageDetail } from '@minori/contract';
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../ui/format.ts';
import { Note } from '../../../ui/notes.tsx';
import { fileUrl, labelHistoryQuery } from '../queries.ts';
import css from './picture.module.css';

/** Where a picture comes from, who labeled it, what looks like it. */
export function Facts({
  theme,
  picture,
  onOpen,
  onAssign,
}: {
  theme: ThemeDetail;
  picture: ThemeImageDetail;
  onOpen: (id: number) => void;
  onAssign: (split: Split) => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const history = useQuery(labelHistoryQuery(theme.id, picture.id));
  const names = new Map(theme.label_list.map((label) => [label.id, label.label_name]));
  const facts: [string, string][] = [
    [
      t('themes.size_of'),
      `${picture.width} × ${picture.height} · ${picture.format.toUpperCase()} · ${format.bytes(picture.bytes)}`,
    ],
    [
      t('themes.split'),
      picture.split === null
        ? t('themes.no_split')
        : `${t(`themes.splits.${picture.split}`)}${picture.split_reason === null ? '' : ` · ${t(`themes.split_reasons.${picture.split_reason}`)}`}`,
    ],
    ...(picture.group === null ? [] : [[t('themes.group'), picture.group] as [string, string]]),
    [t('themes.uploaded_by'), `${picture.uploaded_by ?? '–'} · ${format.ago(picture.uploaded_at)}`],
  ];
  const entries = history.data?.items ?? [];
  return (
    <div className={css['facts']}>
      {picture.quarantine !== null && (
        <Note tone="warning" title={t('themes.quarantined')}>
          {t('themes.quarantined_text')}
          {theme.role === 'owner' && (
            <div className={css['assign']}>
              {picture.quarantine.splits.map((split) => (
                <Button key={split} size="compact-xs" variant="default" onClick={() => onAssign(split)}>
                  {t('themes.put_in', { split: t(`themes.splits.${split}`) })}
                </Button>
              ))}
            </div>
          )}
        </Note>
      )}
      <dl>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {picture.settled !== null && (
        <p>{t('themes.settled_by', { who: picture.settled.annotator, ago: format.ago(picture.settled.at) })}</p>
      )}
      {picture.votes.length > 1 && (
        <section>
          <h3>{t('themes.votes')}</h3>
          <ul>
            {picture.votes.map((vote) => (
              <li key={vote.annotator}>
                {t('themes.vote', { who: vote.annotator, label: names.get(vote.label_id) ?? '–' })}
              </li>
            ))}
          </ul>
        </section>
      )}
      {picture.duplicates.length > 0 && (
        <section>
          <h3>{t('themes.neighbours')}</h3>
          <ul className={css['neighbours']}>
            {picture.duplicates.map((other) => (
              <li key={other.id}>
                <button type="button" onClick={() => onOpen(other.id)} title={t(`themes.alike.${other.kind}`)}>
                  <img src={fileUrl(theme.id, other.id, 'thumb')} alt={t('themes.neighbour', { id: other.id })} />
                  <span>{t(`themes.alike.${other.kind}`)}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section>
        <h3>{t('themes.label_history')}</h3>
        {history.isSuccess && entries.length === 0 && <p>{t('themes.never_labeled')}</p>}
        <ol>
          {entries.map((entry) => (
            <li key={entry.id}>
              <span>
                {entry.from ?? t('themes.unlabeled')} → <b>{entry.to ?? t('themes.unlabeled')}</b>
                {entry.step !== 'do' && ` (${t(`themes.steps.${entry.step}`)})`}
              </span>
              <small>
                {entry.by ?? '–'} · {format.ago(entry.at)}
                {entry.source !== 'person' && ` · ${t(`themes.sources.${entry.source}`)}`}
              </small>
            </li>
          ))}
        </ol>
      </section>
    </div>
  );
}
