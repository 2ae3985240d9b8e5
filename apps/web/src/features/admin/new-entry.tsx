import { Button, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import css from './admin.module.css';

interface Props {
  label: string;
  placeholder?: string;
  /** Letters the name needs at least. */
  shortest?: number;
  longest: number;
  submit: string;
  /** Emptied again once this resolves. */
  onCreate: (name: string) => Promise<unknown>;
  /** Fields besides the name. */
  children?: ReactNode;
}
/** The line under a list that adds one more to it: a name, what else it needs, a button. */
export function NewEntry({ label, placeholder, shortest = 1, longest, submit, onCreate, children }: Props) {
  const [name, setName] = useState('');
  const [pending, setPending] = useState(false);
  const short = name.trim().length < shortest;
  return (
    <form
      className={css['form']}
      onSubmit={(event) => {
        event.preventDefault();
        if (short || pending) return;
        setPending(true);
        onCreate(name.trim())
          .then(() => setName(''))
          // Said by the change itself; the name stays to be corrected.
          .catch(() => null)
          .finally(() => setPending(false));
      }}
    >
      <TextInput
        label={label}
        {...(placeholder === undefined ? {} : { placeholder })}
        maxLength={longest}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {children}
      <Button type="submit" disabled={short} loading={pending}>
        {submit}
      </Button>
    </form>
  );
}
