import type { ConfigIssue } from '@minori/contract';
import { ActionIcon, Button, Menu } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { textOf } from '../../../i18n/index.ts';
import { Icon } from '../../../ui/icons.tsx';
import { useIssueText } from './issue-text.ts';
import css from './pipeline.module.css';
import { StepField } from './step-fields.tsx';
import { type Path, withItem, withMovedItem, withoutValue, withValue } from './yaml-edit.ts';

export type Step = Readonly<Record<string, unknown>>;
interface StepListProps {
  title: string;
  hint?: string;
  /** Of the list in the file. */
  path: Path;
  text: string;
  /** As written; null where the file cannot be read. */
  steps: readonly Step[];
  names: readonly string[];
  issues: readonly ConfigIssue[];
  disabled: boolean;
  /** A step with every setting named. */
  begin: (name: string) => Step;
  onText: (text: string) => void;
  /** Fields of a step that are not plain values. */
  special?: (step: Step, path: Path) => ReactNode;
}

/** Steps one after the other: settings, order, removal, and a menu of what can be added. */
export function StepList(props: StepListProps) {
  const { title, hint, path, text, steps, names, issues, disabled, begin, onText, special } = props;
  const { t } = useTranslation();
  const titleOf = (name: string) => textOf(t, `pipeline.ops.${name}`, name);
  const say = useIssueText();
  return (
    <section className={css['list']} aria-label={title}>
      <h3>{title}</h3>
      {hint !== undefined && <p className={css['fine']}>{hint}</p>}
      {steps.length === 0 && <p className={css['none']}>{t('pipeline.no_steps')}</p>}
      <ol>
        {steps.map((step, at) => {
          const name = typeof step['name'] === 'string' ? step['name'] : '?';
          const own: Path = [...path, at];
          const place = own.join('.');
          const mistakes = issues.filter((issue) => issue.path === place || issue.path.startsWith(`${place}.`));
          const fields = Object.entries({ ...begin(name), ...step }).filter(([key]) => key !== 'name');
          return (
            // oxlint-disable-next-line react/no-array-index-key -- a step has no name of its own
            <li key={at} data-wrong={mistakes.length > 0 || undefined}>
              <div className={css['stepHead']}>
                <b>{titleOf(name)}</b>
                <code>{name}</code>
                <span className={css['stepButtons']}>
                  <ActionIcon
                    aria-label={t('pipeline.move_up', { name: titleOf(name) })}
                    disabled={disabled || at === 0}
                    onClick={() => onText(withMovedItem(text, path, at, at - 1))}
                  >
                    <Icon name="up" size={14} />
                  </ActionIcon>
                  <ActionIcon
                    aria-label={t('pipeline.move_down', { name: titleOf(name) })}
                    disabled={disabled || at === steps.length - 1}
                    onClick={() => onText(withMovedItem(text, path, at, at + 1))}
                  >
                    <Icon name="down" size={14} />
                  </ActionIcon>
                  <ActionIcon
                    aria-label={t('pipeline.remove', { name: titleOf(name) })}
                    disabled={disabled}
                    onClick={() => onText(withoutValue(text, own))}
                  >
                    <Icon name="trash" size={14} />
                  </ActionIcon>
                </span>
              </div>
              <div className={css['fields']}>
                {special?.(step, own) ??
                  fields.map(([key, value]) => (
                    <StepField
                      key={key}
                      name={key}
                      value={value}
                      disabled={disabled}
                      onChange={(next) => onText(withValue(text, [...own, key], next))}
                    />
                  ))}
              </div>
              {mistakes.map((issue) => (
                <p key={`${issue.path} ${issue.code}`} className={css['mistake']}>
                  {issue.path === place ? '' : `${issue.path.slice(place.length + 1)}: `}
                  {say(issue)}
                </p>
              ))}
            </li>
          );
        })}
      </ol>
      <Menu position="bottom-start">
        <Menu.Target>
          <Button size="xs" variant="default" leftSection={<Icon name="plus" size={14} />} disabled={disabled}>
            {t('pipeline.add_to', { list: title })}
          </Button>
        </Menu.Target>
        <Menu.Dropdown className={css['menu']}>
          {names.map((name) => (
            <Menu.Item key={name} onClick={() => onText(withItem(text, path, begin(name)))}>
              {titleOf(name)} {titleOf(name) !== name && <code>{name}</code>}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </section>
  );
}
