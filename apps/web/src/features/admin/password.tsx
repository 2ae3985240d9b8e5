import { Button, PasswordInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post } from '../../api/client.ts';
import { ProblemNote } from '../../ui/notes.tsx';
import { Sheet } from '../../ui/page.tsx';
import { toast } from '../../ui/toast.tsx';
import css from './admin.module.css';

/** One's own password; every other session of the person ends. */
export function Password() {
  const { t } = useTranslation();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const change = useMutation({
    mutationFn: () =>
      post('/api/auth/change-password', { currentPassword: current, newPassword: next, revokeOtherSessions: true }),
    onSuccess: () => {
      setCurrent('');
      setNext('');
      toast('good', t('admin.password_changed'));
    },
  });
  const reveal = { 'aria-label': t('login.show_password') };
  return (
    <Sheet title={t('admin.password')} note={t('admin.password_note')} flush>
      {change.isError && <ProblemNote error={change.error} />}
      <form
        className={css['form']}
        onSubmit={(event) => {
          event.preventDefault();
          if (current !== '' && next.length >= 10) change.mutate();
        }}
      >
        <PasswordInput
          w={220}
          label={t('admin.password_now')}
          autoComplete="current-password"
          value={current}
          visibilityToggleButtonProps={reveal}
          onChange={(event) => setCurrent(event.currentTarget.value)}
        />
        <PasswordInput
          w={220}
          label={t('setup.password')}
          autoComplete="new-password"
          error={next !== '' && next.length < 10 ? t('setup.password_short') : undefined}
          value={next}
          visibilityToggleButtonProps={reveal}
          onChange={(event) => setNext(event.currentTarget.value)}
        />
        <Button
          type="submit"
          variant="default"
          disabled={current === '' || next.length < 10}
          loading={change.isPending}
        >
          {t('admin.password_change')}
        </Button>
      </form>
    </Sheet>
  );
}
