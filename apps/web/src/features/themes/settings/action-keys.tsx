import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Sheet } from '../../../ui/page.tsx';
import { ACTIONS, AS_SHIPPED, type KeyMap, type Rebound } from '../labeling/keys.ts';
import css from './action-keys.module.css';
import { KeyField } from './key-field.tsx';

/** Keys of everything that is no label. */
export function ActionKeys({
  map,
  rebound,
  onRebind,
}: {
  map: KeyMap;
  rebound: Rebound;
  onRebind: (next: Rebound) => void;
}) {
  const { t } = useTranslation();
  return (
    <Sheet
      title={t('themes.keys')}
      note={t('themes.keys_own')}
      actions={
        <Button size="compact-sm" variant="subtle" onClick={() => onRebind(AS_SHIPPED)}>
          {t('themes.keys_reset')}
        </Button>
      }
    >
      <ul className={css['keys']}>
        {ACTIONS.map((action) => (
          <li key={action}>
            <KeyField
              label={t(`themes.actions.${action}`)}
              value={map.actionKeys[action]}
              changed={rebound.actions[action] !== undefined}
              onChange={(key) => {
                const { [action]: _old, ...rest } = rebound.actions;
                onRebind({ ...rebound, actions: key === null ? rest : { ...rest, [action]: key } });
              }}
            />
            {t(`themes.actions.${action}`)}
          </li>
        ))}
      </ul>
    </Sheet>
  );
}
