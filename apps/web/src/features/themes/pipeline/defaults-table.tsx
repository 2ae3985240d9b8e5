import { checkConfig } from '@minori/contract/theme-config';
import { useTranslation } from 'react-i18next';
import { Scroll } from '../../../ui/page.tsx';
import { Table } from '../../../ui/table.tsx';
import css from './pipeline.module.css';
import type { Draft } from './use-drafts.ts';

/** `model.name` and the like with their values; lists are one value. */
function flat(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return Object.entries(value).flatMap(([key, inner]) => flat(inner, path === '' ? key : `${path}.${key}`));
  return [[path, JSON.stringify(value)]];
}
const DEFAULTS = flat(checkConfig('params', '{}').document);

/** Every key of params.yaml with its default, and what this file says in its place. */
export function DefaultsTable({ draft }: { draft: Draft<'params'> }) {
  const { t } = useTranslation();
  const now = new Map(flat(draft.document ?? draft.raw ?? {}));
  return (
    <Scroll label={t('pipeline.all_keys')}>
      <Table
        dense
        label={t('pipeline.all_keys')}
        columns={[{ title: t('pipeline.key') }, { title: t('pipeline.default') }, { title: t('pipeline.now') }]}
      >
        {DEFAULTS.map(([key, value]) => {
          const mine = now.get(key) ?? value;
          return (
            <tr key={key} className={css['key']} data-changed={mine !== value || undefined}>
              <th scope="row">
                <code>{key}</code>
              </th>
              <td>{value}</td>
              <td>{mine === value ? '' : mine}</td>
            </tr>
          );
        })}
      </Table>
    </Scroll>
  );
}
