import type { EnsembleSummary } from '@minori/contract';
import { useTranslation } from 'react-i18next';
import { useWording } from '../../i18n/wording.ts';
import { useFormat } from '../../ui/format.ts';
import { ShareBar } from './share-bar.tsx';
import css from './evidence.module.css';

/** The members of the blend, how much each counts, and what it would be without it. */
export function BlendMembers({ ensemble }: { ensemble: EnsembleSummary }) {
  const { t } = useTranslation();
  const format = useFormat();
  const wording = useWording();
  return (
    <section>
      <h3>{t('blend.title')}</h3>
      <p>{t(`blend.weighting_${ensemble.weighting}`, { windows: ensemble.windows })}</p>
      <table className={css['shares']}>
        <caption className="visually-hidden">{t('blend.weights')}</caption>
        <tbody>
          {ensemble.members.map(({ model, weight, lowest, highest, without }) => (
            <tr key={model}>
              <th scope="row" style={{ whiteSpace: 'normal' }}>
                {wording.model(model)}
                <span style={{ display: 'block' }}>
                  {highest - lowest > 0.005 &&
                    t('blend.range', { low: format.percent(lowest), high: format.percent(highest) })}
                  {without !== null &&
                    ` ${t(without >= 0 ? 'blend.without' : 'blend.without_less', { share: format.percent(Math.abs(without), 1) })}`}
                </span>
              </th>
              <td>
                <b>{format.percent(weight)}</b>
              </td>
              <td style={{ width: '34%' }}>
                <ShareBar share={weight} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
