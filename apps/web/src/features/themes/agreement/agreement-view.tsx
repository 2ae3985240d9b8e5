import type { Agreement, ThemeDetail } from '@minori/contract';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../ui/format.ts';
import { LinkButton } from '../../../ui/link-button.tsx';
import { Empty, HelpTip, Note } from '../../../ui/notes.tsx';
import { Scroll, Sheet } from '../../../ui/page.tsx';
import { type Column, Table } from '../../../ui/table.tsx';
import { fileUrl } from '../queries.ts';
import css from './agreement.module.css';
import { kappaWord, meanKappa, verdictOf } from './kappa.ts';

/** The verdict, then who agrees with whom, on which labels, and where they do not. */
export function AgreementView({ theme, agreement }: { theme: ThemeDetail; agreement: Agreement }) {
  const { t } = useTranslation();
  const format = useFormat();
  const params = { themeId: String(theme.id) };
  const names = new Map(theme.label_list.map((label) => [label.id, label.label_name]));
  if (agreement.images === 0)
    return (
      <Empty
        icon="user"
        title={t('themes.agreement.none')}
        actions={
          <LinkButton variant="default" to="/theme/$themeId/" params={params}>
            {t('themes.to_pictures')}
          </LinkButton>
        }
      >
        {t('themes.agreement.none_text')}
      </Empty>
    );
  const kappa = meanKappa(agreement.pairs);
  const word = kappaWord(kappa);
  const verdict = verdictOf(word);
  const facts: [string, string][] = [
    [t('themes.agreement.images'), format.number(agreement.images)],
    [t('themes.agreement.agreed'), format.percent(agreement.agreed)],
    [t('themes.agreement.kappa'), `${format.fixed(kappa, 2)} · ${t(`themes.agreement.words.${word}`)}`],
    [t('themes.agreement.open'), format.number(agreement.open)],
  ];
  const kappaColumns: readonly Column[] = [
    {
      title: t('themes.agreement.kappa'),
      numeric: true,
      help: <HelpTip label={t('themes.agreement.kappa')}>{t('themes.agreement.kappa_help')}</HelpTip>,
    },
    { title: t('themes.agreement.kappa_words') },
  ];
  const kappaCells = (value: number | null) => (
    <>
      <td className="num">{format.fixed(value, 2)}</td>
      <td>{t(`themes.agreement.words.${kappaWord(value)}`)}</td>
    </>
  );
  return (
    <div className={css['view']}>
      <Note tone={verdict === 'good' ? 'good' : verdict === 'unknown' ? 'info' : 'warning'}>
        {t(`themes.agreement.verdict.${verdict}`)}
      </Note>
      <dl className={css['facts']}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div className={css['columns']}>
        <Sheet title={t('themes.agreement.pairs')} flush>
          <Scroll label={t('themes.agreement.pairs')}>
            <Table
              label={t('themes.agreement.pairs')}
              columns={[
                { title: t('themes.agreement.pair') },
                { title: t('themes.pictures'), numeric: true },
                { title: t('themes.agreement.agreed'), numeric: true },
                ...kappaColumns,
              ]}
            >
              {agreement.pairs.map((pair) => (
                <tr key={`${pair.a} ${pair.b}`}>
                  <th scope="row" className={css['pair']}>
                    {pair.a} · {pair.b}
                  </th>
                  <td className="num">{format.number(pair.images)}</td>
                  <td className="num">{format.percent(pair.agreed)}</td>
                  {kappaCells(pair.kappa)}
                </tr>
              ))}
            </Table>
          </Scroll>
        </Sheet>
        <Sheet title={t('themes.agreement.per_label')} note={t('themes.agreement.label_note')} flush>
          <Scroll label={t('themes.agreement.per_label')}>
            <Table
              label={t('themes.agreement.per_label')}
              columns={[
                { title: t('themes.label') },
                { title: t('themes.agreement.said'), numeric: true },
                { title: t('themes.agreement.both'), numeric: true },
                ...kappaColumns,
              ]}
            >
              {agreement.labels.map((label) => (
                <tr key={label.label_id}>
                  <th scope="row">{names.get(label.label_id) ?? '–'}</th>
                  <td className="num">{format.number(label.images)}</td>
                  <td className="num">{format.percent(label.agreed)}</td>
                  {kappaCells(label.kappa)}
                </tr>
              ))}
            </Table>
          </Scroll>
        </Sheet>
      </div>
      <Sheet
        title={t('themes.agreement.differ')}
        actions={
          agreement.open > 0 && (
            <LinkButton size="compact-sm" to="/theme/$themeId/" params={params} search={{ disputed: true }}>
              {t('themes.agreement.work')}
            </LinkButton>
          )
        }
      >
        {agreement.disagreements.length === 0 && <p>{t('themes.agreement.nothing')}</p>}
        <ul className={css['pictures']}>
          {agreement.disagreements.map((picture) => (
            <li key={picture.image_id}>
              <Link
                to="/theme/$themeId/"
                params={params}
                search={{ image: picture.image_id }}
                aria-label={t('themes.agreement.picture', { id: picture.image_id })}
              >
                <img src={fileUrl(theme.id, picture.image_id, 'thumb')} alt="" loading="lazy" />
              </Link>
              <ul>
                {picture.votes.map((vote) => (
                  <li key={vote.annotator}>
                    {t('themes.vote', { who: vote.annotator, label: names.get(vote.label_id) ?? '–' })}
                  </li>
                ))}
              </ul>
              <small>
                {t(picture.settled ? 'themes.agreement.settled' : 'themes.agreement.now')}:{' '}
                <b>{picture.label_id === null ? t('themes.unlabeled') : (names.get(picture.label_id) ?? '–')}</b>
              </small>
            </li>
          ))}
        </ul>
        {agreement.disagreements.length >= 200 && <p>{t('themes.agreement.all', { count: 200 })}</p>}
      </Sheet>
    </div>
  );
}
