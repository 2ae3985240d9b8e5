/** Both files of a theme while somebody edits them: what was saved, what is typed, what is wrong with it. */
import type { ConfigIssue, ThemeConfig, ThemeConfigName } from '@minori/contract';
import { type CheckedConfig, checkConfig } from '@minori/contract/theme-config';
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { get, post } from '../../../api/client.ts';
import { rawOf } from './yaml-edit.ts';

export const configQuery = (themeId: number, name: ThemeConfigName) =>
  queryOptions({
    queryKey: ['theme', themeId, 'config', name],
    queryFn: ({ signal }) => get<ThemeConfig>(`/api/v1/themes/${themeId}/config/${name}`, {}, signal),
    // What is typed must not be pulled away.
    refetchOnWindowFocus: false,
  });

export interface Draft<Name extends ThemeConfigName = ThemeConfigName> {
  readonly name: Name;
  readonly text: string;
  readonly saved: ThemeConfig;
  readonly changed: boolean;
  readonly issues: readonly ConfigIssue[];
  /** null while there are issues. */
  readonly document: CheckedConfig<Name>['document'];
  /** As written, without defaults; null while it is no YAML at all. */
  readonly raw: Record<string, unknown> | null;
  /** What is typed is for this version; a newer one of somebody else is refused on saving. */
  write(text: string): void;
}
export interface Drafts {
  readonly params: Draft<'params'>;
  readonly auguments: Draft<'auguments'>;
  readonly save: { pending: boolean; error: Error | null; run(note: string): void };
  discard(): void;
  /** Takes what somebody else has saved meanwhile. */
  reload(): void;
}

function useDraft<Name extends ThemeConfigName>(
  themeId: number,
  name: Name,
): { draft: Draft<Name> | null; reset(): void; error: Error | null } {
  const { data, error } = useQuery(configQuery(themeId, name));
  const [typed, setTyped] = useState<{ text: string; base: ThemeConfig } | null>(null);
  const text = typed?.text ?? data?.text ?? '';
  const checked = useMemo(() => checkConfig(name, text), [name, text]);
  const raw = useMemo(() => rawOf(text), [text]);
  const base = typed?.base ?? data;
  const draft: Draft<Name> | null =
    base === undefined
      ? null
      : {
          name,
          text,
          saved: base,
          changed: text !== base.text,
          issues: checked.issues,
          document: checked.document,
          raw,
          write: (next) => setTyped({ text: next, base }),
        };
  return { draft, reset: () => setTyped(null), error };
}

export function useDrafts(themeId: number): { drafts: Drafts | null; error: Error | null } {
  const client = useQueryClient();
  const params = useDraft(themeId, 'params');
  const auguments = useDraft(themeId, 'auguments');
  const save = useMutation({
    mutationFn: (note: string) => {
      const changed = [params.draft, auguments.draft].filter((draft) => draft?.changed === true);
      return post<{ params: ThemeConfig; auguments: ThemeConfig }>(`/api/theme/${themeId}/training/config/save/`, {
        ...Object.fromEntries(changed.map((draft) => [draft?.name, draft?.text])),
        ...(note.trim() === '' ? {} : { note: note.trim() }),
        base_version: Object.fromEntries(changed.map((draft) => [draft?.name, draft?.saved.version])),
      });
    },
    onSuccess(answer) {
      for (const name of ['params', 'auguments'] as const)
        client.setQueryData(configQuery(themeId, name).queryKey, answer[name]);
      params.reset();
      auguments.reset();
      void client.invalidateQueries({ queryKey: ['theme', themeId, 'config-versions'] });
    },
  });
  const discard = () => {
    params.reset();
    auguments.reset();
    save.reset();
  };
  const error = params.error ?? auguments.error;
  if (params.draft === null || auguments.draft === null) return { drafts: null, error };
  return {
    error: null,
    drafts: {
      params: params.draft,
      auguments: auguments.draft,
      save: { pending: save.isPending, error: save.error, run: (note) => save.mutate(note) },
      discard,
      reload() {
        discard();
        void client.invalidateQueries({ queryKey: ['theme', themeId, 'config'] });
      },
    },
  };
}
