import type { AcceptedFix, CheckAnswer, Dataset, Mapping, Upload } from '@minori/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo, useRef, useState } from 'react';
import { post, sendFile } from '../../api/client.ts';
import { blocking } from './mapping.ts';

export type UploadState =
  | { kind: 'none' }
  | { kind: 'sending'; name: string; bytes: number; fraction: number }
  | { kind: 'failed'; name: string; error: unknown }
  | { kind: 'ready'; upload: Upload; mapping: Mapping | null; fixes: AcceptedFix[] };

interface Options {
  /** The dataset that the file continues. */
  appendTo?: number;
  projectId: number | null;
  onDone: (dataset: Dataset, created: { versions: boolean }) => void;
}

/** From a dropped file to a dataset version: send, check again after every choice, build. */
export function useUpload({ appendTo, projectId, onDone }: Options) {
  const client = useQueryClient();
  const [state, setState] = useState<UploadState>({ kind: 'none' });
  const abort = useRef<AbortController | null>(null);

  const send = useCallback(async (file: File) => {
    abort.current?.abort();
    const mine = new AbortController();
    abort.current = mine;
    setState({ kind: 'sending', name: file.name, bytes: file.size, fraction: 0 });
    try {
      const upload = await sendFile<Upload>(
        '/api/v1/uploads',
        file,
        (fraction) => setState((held) => (held.kind === 'sending' ? { ...held, fraction } : held)),
        mine.signal,
      );
      setState({ kind: 'ready', upload, mapping: upload.preview.mapping, fixes: [] });
    } catch (error) {
      if (!mine.signal.aborted) setState({ kind: 'failed', name: file.name, error });
    }
  }, []);
  const reset = useCallback(() => {
    abort.current?.abort();
    setState({ kind: 'none' });
  }, []);
  const setMapping = useCallback(
    (mapping: Mapping) => setState((held) => (held.kind === 'ready' ? { ...held, mapping, fixes: [] } : held)),
    [],
  );
  const setFixes = useCallback(
    (fixes: AcceptedFix[]) => setState((held) => (held.kind === 'ready' ? { ...held, fixes } : held)),
    [],
  );

  const ready = state.kind === 'ready' ? state : null;
  const unusable = ready?.upload.preview.findings.some((f) => f.severity === 'error' && f.fixes.length === 0) ?? false;
  const check = useQuery({
    queryKey: ['upload', ready?.upload.id, 'check', ready?.mapping, ready?.fixes, appendTo],
    queryFn: () =>
      post<CheckAnswer>(`/api/v1/uploads/${ready?.upload.id ?? ''}/check`, {
        mapping: ready?.mapping,
        fixes: ready?.fixes,
        ...(appendTo === undefined ? {} : { append_to: appendTo }),
      }),
    enabled: ready !== null && ready.mapping !== null && !unusable,
    placeholderData: (held) => held,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const findings = useMemo(
    () =>
      ready === null
        ? []
        : unusable || ready.mapping === null
          ? ready.upload.preview.findings
          : (check.data?.findings ?? []),
    [check.data, ready, unusable],
  );
  const build = useMutation({
    mutationFn: (name: string | undefined) => {
      if (ready === null) throw new Error('nothing to build');
      const path = appendTo === undefined ? '/api/v1/datasets' : `/api/v1/datasets/${appendTo}/versions`;
      return post<Dataset>(path, {
        upload_id: ready.upload.id,
        mapping: ready.mapping,
        fixes: ready.fixes,
        ...(name === undefined || name === '' ? {} : { name }),
        ...(projectId === null ? {} : { project_id: projectId }),
      });
    },
    onSuccess: async (dataset) => {
      await client.invalidateQueries({ queryKey: ['datasets'] });
      onDone(dataset, { versions: appendTo !== undefined });
    },
  });
  const usable =
    ready !== null &&
    ready.mapping !== null &&
    !unusable &&
    check.isSuccess &&
    !check.isPlaceholderData &&
    blocking(findings).length === 0;
  return { state, send, reset, setMapping, setFixes, check, findings, unusable, build, usable };
}
export type UploadFlow = ReturnType<typeof useUpload>;
