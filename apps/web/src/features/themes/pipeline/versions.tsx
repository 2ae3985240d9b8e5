import type { ThemeConfig, ThemeConfigName, themeConfigVersion } from '@minori/contract';
import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, post } from '../../../api/client.ts';
import type { Page } from '../../../api/queries.ts';
import { useProblemText } from '../../../i18n/wording.ts';
import { useFormat } from '../../../ui/format.ts';
import { ProblemNote } from '../../../ui/notes.tsx';
import { Sheet } from '../../../ui/page.tsx';
import { toast } from '../../../ui/toast.tsx';
import css from './pipeline.module.css';
import { configQuery } from './use-drafts.ts';

type Version = Omit<(typeof themeConfigVersion)['_output'], 'name'>;
interface Difference {
  lines: { kind: 'same' | 'added' | 'removed'; text: string }[];
}

interface VersionsProps {
  themeId: number;
  name: ThemeConfigName;
  current: number;
  /** Nothing is restored over what somebody is typing. */
  editable: boolean;
  onRestored: () => void;
}

/** Every save of one file: who, when, what it changed, and the way back. */
export function Versions({ themeId, name, current, editable, onRestored }: VersionsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const problem = useProblemText();
  const [open, setOpen] = useState<number | null>(null);
  const path = `/api/v1/themes/${themeId}/config/${name}`;
  const { data, error } = useQuery({
    queryKey: ['theme', themeId, 'config-versions', name, current],
    queryFn: ({ signal }) => get<Page<Version>>(`${path}/versions`, { limit: 50 }, signal),
  });
  const restore = useMutation({
    mutationFn: (version: number) => post<ThemeConfig>(`${path}/restore`, { version }),
    onSuccess(answer, version) {
      client.setQueryData(configQuery(themeId, name).queryKey, answer);
      onRestored();
      setOpen(null);
      toast('good', t('pipeline.restored', { version, now: answer.version }));
    },
    onError: (failed) => toast('error', problem(failed)),
  });
  const items = data?.items ?? [];
  return (
    <Sheet title={t('pipeline.versions', { file: `${name}.yaml` })}>
      {error !== null && <ProblemNote error={error} />}
      {data !== undefined && items.length === 0 && <p className={css['fine']}>{t('pipeline.no_versions')}</p>}
      <ol className={css['versions']}>
        {items.map(({ version, created_at: at, created_by: who, note, restored_from: from }) => (
          <li key={version}>
            <div className={css['version']}>
              <b className="num">{t('pipeline.version', { version })}</b>
              <span>
                {who ?? '–'} · {format.dateTime(at)}
              </span>
              <span>{from === null ? note : t('pipeline.from_version', { version: from })}</span>
              <Button
                size="xs"
                variant="default"
                aria-expanded={open === version}
                onClick={() => setOpen(open === version ? null : version)}
              >
                {t('pipeline.difference')}
              </Button>
              {version !== current && editable && (
                <Button
                  size="xs"
                  variant="default"
                  loading={restore.isPending && restore.variables === version}
                  onClick={() => restore.mutate(version)}
                >
                  {t('pipeline.restore')}
                </Button>
              )}
            </div>
            {open === version && <DifferenceView path={path} version={version} />}
          </li>
        ))}
      </ol>
    </Sheet>
  );
}

/** What a version changed in the one before it; version 0 is the default. */
function DifferenceView({ path, version }: { path: string; version: number }) {
  const { t } = useTranslation();
  const { data, error } = useQuery({
    queryKey: ['difference', path, version],
    queryFn: ({ signal }) => get<Difference>(`${path}/difference`, { from: version - 1, to: version }, signal),
  });
  if (error !== null) return <ProblemNote error={error} />;
  return (
    <pre
      className={css['difference']}
      aria-label={t('pipeline.difference_of', { version, before: version - 1 })}
      tabIndex={0}
      role="group"
    >
      {data?.lines.map(({ kind, text }, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- lines repeat
        <span key={at} data-kind={kind}>
          {kind === 'added' ? '+ ' : kind === 'removed' ? '− ' : '  '}
          {text}
          {'\n'}
        </span>
      ))}
    </pre>
  );
}
