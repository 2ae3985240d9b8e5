import type { ThemeDetail, ThemeEncoder } from '@minori/contract';
import { Button, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { request } from '../../../api/client.ts';
import { useFormat } from '../../../ui/format.ts';
import { ProblemNote } from '../../../ui/notes.tsx';
import { Sheet } from '../../../ui/page.tsx';
import { toast } from '../../../ui/toast.tsx';
import { encoderQuery } from '../queries.ts';
import css from './settings.module.css';
import { useThemeChange } from './use-theme-change.ts';

/** Stands for the encoder that comes with the product; no folder can have this name. */
const BUILTIN = '';

/** What turns pictures into the numbers behind queues, proposals and copies. */
export function Encoder({ theme }: { theme: ThemeDetail }) {
  const { t } = useTranslation();
  const { data, error } = useQuery(encoderQuery(theme.id));
  if (error !== null) return <ProblemNote error={error} />;
  if (data === undefined) return null;
  return (
    <Sheet title={t('themes.encoder.title')} note={t('themes.encoder.note')}>
      <Choice key={data.name} theme={theme} state={data} />
    </Sheet>
  );
}

function Choice({ theme, state }: { theme: ThemeDetail; state: ThemeEncoder }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [name, setName] = useState(state.name ?? BUILTIN);
  const save = useThemeChange(
    theme.id,
    () => request('PUT', `/api/v1/themes/${theme.id}/encoder`, { body: { name: name === BUILTIN ? null : name } }),
    () => toast('good', t('themes.encoder.saved')),
  );
  const owner = theme.role === 'owner';
  const broken = state.encoders.filter(({ missing }) => missing.length > 0);
  // One that was taken away stays in sight as long as the theme has it.
  const gone = state.name !== null && !state.encoders.some((one) => one.name === state.name) ? [state.name] : [];
  return (
    <form
      className={css['fields']}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(undefined);
      }}
    >
      <Select
        label={t('themes.encoder.label')}
        disabled={!owner || save.isPending}
        allowDeselect={false}
        value={name}
        onChange={(next) => setName(next ?? BUILTIN)}
        data={[
          { value: BUILTIN, label: t('themes.encoder.builtin') },
          ...gone.map((value) => ({ value, label: t('themes.encoder.gone', { name: value }) })),
          ...state.encoders.map(({ name: value, kind, bytes, missing }) => ({
            value,
            label: t('themes.encoder.option', { name: value, kind: kind ?? '?', size: format.bytes(bytes) }),
            disabled: missing.length > 0,
          })),
        ]}
      />
      {broken.map(({ name: one, missing }) => (
        <p key={one} className={css['hint']}>
          {t('themes.encoder.incomplete', { name: one, files: missing.join(', ') })}
        </p>
      ))}
      {owner && <p className={css['hint']}>{t('themes.encoder.how', { folder: state.folder })}</p>}
      {owner && (
        <div className={css['buttons']}>
          <Button type="submit" disabled={name === (state.name ?? BUILTIN)} loading={save.isPending}>
            {t('themes.encoder.save')}
          </Button>
          <span role="status" className={css['hint']}>
            {save.isPending && name !== BUILTIN ? t('themes.encoder.trying') : ''}
          </span>
        </div>
      )}
    </form>
  );
}
