import type { ConfigIssue } from '@minori/contract';
import { useTranslation } from 'react-i18next';
import { textOf } from '../../../i18n/index.ts';
import { speakable } from '../../../i18n/wording.ts';
import { useFormat } from '../../../ui/format.ts';

/** The sentence of a mistake in a configuration file; the words lie in the contract, the command line says them too. */
export function useIssueText(): (issue: ConfigIssue) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return ({ code, params, message }) => textOf(t, `config:${code}`, message, speakable(params, format));
}
