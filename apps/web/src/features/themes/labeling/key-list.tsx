import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { themeQuery } from '../queries.ts';
import { useThemeId } from '../theme-rail.tsx';
import { ACTIONS, capOf } from './keys.ts';
import { useKeyMap } from './use-keys.ts';

/** The keys of the theme whose page is open, as its person has them; nothing on all other pages. */
export function LabelingKeys({ className }: { className: string | undefined }) {
  const id = useThemeId();
  return id === null ? null : <Keys id={id} className={className} />;
}

function Keys({ id, className }: { id: number; className: string | undefined }) {
  const { t } = useTranslation();
  const { data: theme } = useQuery(themeQuery(id));
  const labels = theme?.label_list ?? [];
  const { map } = useKeyMap(
    id,
    labels.map((label) => label.id),
  );
  const rows = [
    ...labels.flatMap((label) => {
      const key = map.labelKeys.get(label.id);
      return key === undefined ? [] : [{ id: `label ${label.id}`, keys: [...key], does: label.label_name }];
    }),
    ...ACTIONS.map((action) => ({
      id: action,
      keys: [capOf(map.actionKeys[action])],
      does: t(`themes.actions.${action}`),
    })),
    { id: 'page', keys: ['Ctrl/⌘', 'A'], does: t('shortcuts.whole_page') },
    { id: 'range', keys: ['Shift', '→'], does: t('shortcuts.range') },
    { id: 'let_go', keys: ['Esc'], does: t('shortcuts.let_go') },
  ];
  return (
    <>
      <h3>{t('shortcuts.labeling')}</h3>
      <dl className={className}>
        {rows.map(({ id: row, keys, does }) => (
          <div key={row} style={{ display: 'contents' }}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
