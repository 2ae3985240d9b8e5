import type { ResourceSnapshot, RunDetail, RunStatus, StreamMessage } from '@minori/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { onMessage, onResync, onState, streamState, subscribe } from './client.ts';
import type { StreamState } from './hub.ts';
import { hasEnded, mergeRunEvent } from './merge.ts';

export const useStreamState = (): StreamState => useSyncExternalStore(onState, streamState);

export function useMessages(listener: (message: StreamMessage) => void): void {
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(() => onMessage((message) => latest.current(message)), []);
}

/** At most one call per `ms`, the last one always. */
export function throttle(ms: number, run: () => void): { (): void; cancel(): void } {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let again = false;
  const tick = () => {
    timer = null;
    if (again) {
      again = false;
      call();
    }
  };
  const call = () => {
    if (timer !== null) {
      again = true;
      return;
    }
    run();
    timer = setTimeout(tick, ms);
  };
  return Object.assign(call, {
    cancel() {
      if (timer !== null) clearTimeout(timer);
    },
  });
}

/** Lists follow the `runs` topic; after a hole in the stream everything shown is asked for again. */
export function useLiveLists(ended: (rootId: number, status: RunStatus) => void): void {
  const client = useQueryClient();
  const latest = useRef(ended);
  useEffect(() => {
    latest.current = ended;
  });
  useEffect(() => {
    const refresh = throttle(700, () => {
      void client.invalidateQueries({ queryKey: ['runs'] });
      void client.invalidateQueries({ queryKey: ['notifications'] });
    });
    const leave = subscribe('runs', null);
    const offMessage = onMessage((message) => {
      if (message.topic === 'runs') {
        refresh();
        if (hasEnded(message.status)) latest.current(message.root_id, message.status);
      }
      if (message.topic === 'setup') client.setQueryData(['setup'], message.setup);
    });
    const offResync = onResync(() => void client.invalidateQueries());
    return () => {
      leave();
      offMessage();
      offResync();
      refresh.cancel();
    };
  }, [client]);
}

/** Keeps one run's tree current: events by seq, and a fresh look when an event only points at a change. */
export function useLiveRun(key: string, detail: RunDetail | undefined): void {
  const client = useQueryClient();
  const rootId = detail?.run.root_id;
  const start = useRef(0);
  if (detail !== undefined) start.current = detail.seq;
  useEffect(() => {
    if (rootId === undefined) return;
    const again = throttle(500, () => {
      void client.invalidateQueries({ queryKey: ['run', key], exact: true });
      void client.invalidateQueries({ queryKey: ['run', rootId, 'result'] });
      void client.invalidateQueries({ queryKey: ['run', rootId, 'forecast'] });
      void client.invalidateQueries({ queryKey: ['run', rootId, 'race'] });
    });
    const logs = throttle(1000, () => void client.invalidateQueries({ queryKey: ['run', rootId, 'logs'] }));
    const leave = subscribe(`run:${rootId}`, start.current);
    const off = onMessage((message) => {
      if (message.topic !== 'run' || message.event.root_id !== rootId) return;
      if (message.event.type === 'log') logs();
      const held = client.getQueryData<RunDetail>(['run', key]);
      if (held === undefined) return;
      const merged = mergeRunEvent(held, message.event);
      if (merged.kind === 'merged') client.setQueryData(['run', key], merged.detail);
      if (merged.kind === 'gap' || (merged.kind === 'merged' && merged.refetch)) again();
    });
    return () => {
      leave();
      off();
      again.cancel();
      logs.cancel();
    };
  }, [client, key, rootId]);
}

/** The machine's last minutes, newest last; at most `keep` snapshots. */
export function useResources(keep = 180, active = true): readonly ResourceSnapshot[] {
  const [snapshots, setSnapshots] = useState<readonly ResourceSnapshot[]>([]);
  useEffect(() => (active ? subscribe('resources', null) : undefined), [active]);
  useMessages((message) => {
    if (message.topic === 'resources' && active)
      setSnapshots((held) => [...held.slice(Math.max(0, held.length - keep + 1)), message.snapshot]);
  });
  return snapshots;
}

/** Seconds that tick while `active`: what is left between two events. */
export function useNow(active: boolean, every = 1000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!active) return;
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [active, every]);
  return now;
}
