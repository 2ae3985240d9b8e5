import type { AdminActed } from '@minori/contract';
import { useTranslation } from 'react-i18next';
import { useWording } from '../../i18n/wording.ts';

const SHOWN = 10;

/** Rows that could not be changed, each with its reason. */
export function Refused({ refused }: { refused: AdminActed['refused'] }) {
  const { t } = useTranslation();
  const wording = useWording();
  if (refused.length === 0) return null;
  return (
    <ul>
      {refused.slice(0, SHOWN).map(({ id, code, params }) => (
        <li key={id}>
          {id}: {wording.problem(code, params)}
        </li>
      ))}
      {refused.length > SHOWN && <li>{t('arrival.and_more', { count: refused.length - SHOWN })}</li>}
    </ul>
  );
}
