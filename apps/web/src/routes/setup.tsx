import type { SetupStatus } from '@minori/contract';
import { Button, PasswordInput, Progress, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post } from '../api/client.ts';
import { setupQuery } from '../api/queries.ts';
import { useWording } from '../i18n/wording.ts';
import { restartStream } from '../live/client.ts';
import { Icon } from '../ui/icons.tsx';
import { LinkButton } from '../ui/link-button.tsx';
import { Note, ProblemNote } from '../ui/notes.tsx';
import css from './door.module.css';
import { Door } from './door.tsx';

type Step = SetupStatus['steps'][number];

function StepRow({ step }: { step: Step }) {
  const { t } = useTranslation();
  const wording = useWording();
  const mark =
    step.state === 'done'
      ? css['done']
      : step.state === 'running'
        ? css['running']
        : step.state === 'failed'
          ? css['failed']
          : '';
  return (
    <li className={css['step']}>
      <span className={`${css['dot']} ${mark}`} aria-hidden="true">
        {step.state === 'done' && <Icon name="check" size={11} strokeWidth={3} />}
        {step.state === 'failed' && <Icon name="close" size={11} strokeWidth={3} />}
      </span>
      <span className={css['stepTitle']}>{t(`setup.steps.${step.id}.title`)}</span>
      <span className="num">
        {step.state === 'running' && step.fraction !== null
          ? `${Math.round(step.fraction * 100)}%`
          : t(`setup.states.${step.state}`)}
      </span>
      {step.state === 'running' && (
        <Progress
          className={css['stepBar'] ?? ''}
          size={4}
          value={step.fraction === null ? 100 : Math.round(step.fraction * 100)}
          animated={step.fraction === null}
          aria-label={t(`setup.steps.${step.id}.title`)}
        />
      )}
      <span className={css['stepNote']}>
        {step.problem !== null
          ? wording.problem(step.problem.code, step.problem.params)
          : step.state === 'running'
            ? (step.detail ?? t(`setup.steps.${step.id}.text`))
            : t(`setup.steps.${step.id}.text`)}
      </span>
    </li>
  );
}

/** The token stands in the address once; it is taken out so that it stays in no history. */
function useToken(): { token: string | undefined; user: string | undefined } {
  const search = useSearch({ from: '/setup' });
  const [kept] = useState(() => ({
    token: search.token ?? new URLSearchParams(location.hash.slice(1)).get('token') ?? undefined,
    user: search.user,
  }));
  useEffect(() => {
    if (kept.token !== undefined) history.replaceState(history.state, '', '/setup/');
  }, [kept.token]);
  return kept;
}

function PasswordForm({ token, user, ready }: { token: string; user: string | undefined; ready: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const first = user === undefined;
  const [username, setUsername] = useState(user ?? 'admin');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const save = useMutation({
    mutationFn: async () => {
      if (first) await post('/api/v1/setup/admin', { token, username, password });
      else await post('/api/v1/password', { token, password });
      await post('/api/auth/sign-in/username', { username, password });
    },
    onSuccess: async () => {
      client.removeQueries({ queryKey: ['me'] });
      await client.invalidateQueries({ queryKey: ['setup'] });
      restartStream();
      await navigate({ to: '/' });
    },
  });
  const short = password !== '' && password.length < 10;
  const different = again !== '' && again !== password;
  const complete = username.length >= 3 && password.length >= 10 && password === again;
  return (
    <form
      className={css['form']}
      onSubmit={(event) => {
        event.preventDefault();
        if (complete && ready) save.mutate();
      }}
    >
      <TextInput
        label={t('login.username')}
        description={first ? t('setup.username_help') : undefined}
        autoComplete="username"
        value={username}
        readOnly={!first}
        minLength={3}
        maxLength={40}
        required
        onChange={(event) => setUsername(event.currentTarget.value)}
      />
      <PasswordInput
        label={t('setup.password')}
        description={t('setup.password_help')}
        error={short ? t('setup.password_short') : undefined}
        autoComplete="new-password"
        value={password}
        required
        autoFocus
        onChange={(event) => setPassword(event.currentTarget.value)}
        visibilityToggleButtonProps={{ 'aria-label': t('login.show_password') }}
      />
      <PasswordInput
        label={t('setup.password_again')}
        error={different ? t('setup.password_different') : undefined}
        autoComplete="new-password"
        value={again}
        required
        onChange={(event) => setAgain(event.currentTarget.value)}
        visibilityToggleButtonProps={{ 'aria-label': t('login.show_password') }}
      />
      {save.isError && <ProblemNote error={save.error} />}
      <Button type="submit" disabled={!complete || !ready} loading={save.isPending}>
        {ready ? t('setup.save') : t('setup.wait_database')}
      </Button>
    </form>
  );
}

export function SetupPage() {
  const { t } = useTranslation();
  const { token, user } = useToken();
  const { data, error } = useQuery(setupQuery);
  const done = (id: Step['id']) => data?.steps.find((step) => step.id === id)?.state === 'done';
  const databaseReady = done('database') && done('migrations');
  const title = user !== undefined ? t('setup.title_password') : t('setup.title');
  useEffect(() => {
    document.title = `${title} · ${t('app.name')}`;
  }, [title, t]);
  const asksAdmin = data?.needs_admin === true || user !== undefined;
  return (
    <Door wide>
      <div>
        <h1>{title}</h1>
        <p style={{ color: 'var(--ink-2)', marginTop: 8 }}>
          {user !== undefined ? t('setup.lead_password', { user }) : t('setup.lead')}
        </p>
      </div>
      {token !== undefined && asksAdmin && <PasswordForm token={token} user={user} ready={databaseReady} />}
      {token === undefined && data?.needs_admin === true && (
        <Note tone="info" title={t('setup.no_token')}>
          {t('setup.no_token_text')}
        </Note>
      )}
      {token !== undefined && data !== undefined && !asksAdmin && <Note tone="info">{t('setup.already')}</Note>}
      {user === undefined && (
        <section aria-label={t('setup.progress')} aria-live="polite">
          <ol className={css['steps']}>
            {data?.steps.map((step) => (
              <StepRow key={step.id} step={step} />
            ))}
          </ol>
        </section>
      )}
      {data === undefined && error !== null && <ProblemNote error={error} />}
      {data?.needs_admin === false && user === undefined && (
        <LinkButton to="/" variant={data.ready ? 'filled' : 'default'}>
          {data.ready ? t('setup.open') : t('setup.open_early')}
        </LinkButton>
      )}
    </Door>
  );
}
