import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, post } from '../api/client.ts';
import { setupQuery } from '../api/queries.ts';
import { restartStream } from '../live/client.ts';
import { Note, ProblemNote } from '../ui/notes.tsx';
import css from './door.module.css';
import { Door } from './door.tsx';

/** Only addresses of this site are followed after signing in. */
export const safeTarget = (to: string | undefined): string =>
  to !== undefined && /^\/(?![/\\])/.test(to) && !to.startsWith('/login') ? to : '/';

export function LoginPage() {
  const { t } = useTranslation();
  const { to } = useSearch({ from: '/login' });
  const navigate = useNavigate();
  const router = useRouter();
  const client = useQueryClient();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const { data: setup } = useQuery(setupQuery);
  useEffect(() => {
    document.title = `${t('login.title')} · ${t('app.name')}`;
  }, [t]);
  const signIn = useMutation({
    mutationFn: () => post('/api/auth/sign-in/username', { username, password }),
    onSuccess: async () => {
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== 'setup' });
      restartStream();
      await navigate({ to: '/' });
      const target = safeTarget(to);
      if (target !== '/') router.history.replace(target);
    },
  });
  const wrong = signIn.error instanceof ApiProblem && (signIn.error.status === 401 || signIn.error.status === 422);
  return (
    <Door>
      <h1>{t('login.title')}</h1>
      {setup?.needs_admin === true && (
        <Note tone="info">
          {t('login.needs_admin')} <Link to="/setup/">{t('shell.setup_look')}</Link>
        </Note>
      )}
      <form
        className={css['form']}
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate();
        }}
      >
        <TextInput
          label={t('login.username')}
          autoComplete="username"
          required
          autoFocus
          value={username}
          onChange={(event) => setUsername(event.currentTarget.value)}
        />
        <PasswordInput
          label={t('login.password')}
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          visibilityToggleButtonProps={{ 'aria-label': t('login.show_password') }}
        />
        {signIn.isError &&
          (wrong ? <Note tone="error" title={t('login.wrong')} live /> : <ProblemNote error={signIn.error} />)}
        <Button type="submit" loading={signIn.isPending} disabled={username === '' || password === ''}>
          {t('login.submit')}
        </Button>
      </form>
      <p style={{ fontSize: 'var(--text-xs)', color: 'var(--ink-2)' }}>{t('login.forgotten')}</p>
    </Door>
  );
}
