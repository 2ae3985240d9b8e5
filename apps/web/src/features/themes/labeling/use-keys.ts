import { useEffect, useMemo, useRef, useState } from 'react';
import { AS_SHIPPED, createKeyMap, hear, type KeyMap, type Meaning, type Rebound } from './keys.ts';

/** How long the first of two keys waits. */
const PATIENCE = 1500;
const stored = (themeId: number) => `minori.theme.${themeId}.keys`;

function readRebound(themeId: number): Rebound {
  try {
    const held = JSON.parse(localStorage.getItem(stored(themeId)) ?? 'null') as Partial<Rebound> | null;
    return { actions: { ...held?.actions }, labels: { ...held?.labels } };
  } catch {
    return AS_SHIPPED;
  }
}

/** The keys of one theme in this browser, with what its person has changed. */
export function useKeyMap(themeId: number, labels: readonly number[]) {
  const [rebound, setRebound] = useState(() => readRebound(themeId));
  const key = labels.join(',');
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- the ids, not the array
  const map = useMemo(() => createKeyMap(labels, rebound), [key, rebound]);
  const rebind = (next: Rebound) => {
    setRebound(next);
    localStorage.setItem(stored(themeId), JSON.stringify(next));
  };
  return { map, rebound, rebind };
}

const TYPING = 'input:not([type=checkbox]), textarea, select, [contenteditable=true]';
/** Places with keys of their own: menus, open lists, sliders, other dialogs. */
const OWN_KEYS = '[role=menu], [role=slider], [role=combobox], [role=option], [role=tablist], [role=radiogroup]';
const PRESSABLE = 'button, a, summary, [role=button], input';

interface KeyOptions {
  map: KeyMap;
  active: boolean;
  onMeaning: (meaning: Meaning) => void;
  /** Keys that mean nothing in the map: arrows, Escape, those with Ctrl. True: it was used. */
  onOther: (event: KeyboardEvent) => boolean;
}

/** Listens to the whole window, so that nothing needs to be clicked first. Answers the key that waits for its second. */
export function useLabelKeys({ map, active, onMeaning, onOther }: KeyOptions): string | null {
  const [waiting, setWaiting] = useState<string | null>(null);
  const latest = useRef({ map, onMeaning, onOther, waiting });
  useEffect(() => {
    latest.current = { map, onMeaning, onOther, waiting };
  });
  useEffect(() => {
    if (waiting === null) return;
    const timer = setTimeout(() => setWaiting(null), PATIENCE);
    return () => clearTimeout(timer);
  }, [waiting]);
  useEffect(() => {
    if (!active) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.isComposing || event.altKey || event.defaultPrevented) return;
      const { target } = event;
      const within = (selector: string) => target instanceof Element && target.closest(selector) !== null;
      if (within(TYPING)) return;
      const tile = within('[data-place]');
      if (!tile && within(OWN_KEYS)) return;
      // A button that has the focus is pressed by Enter and Space.
      if ((event.key === 'Enter' || event.key === ' ') && within(PRESSABLE)) return;
      const used = (() => {
        const held = latest.current;
        if (event.ctrlKey || event.metaKey) return held.onOther(event);
        const heard = event.shiftKey && event.key.startsWith('Arrow') ? null : hear(held.map, held.waiting, event.key);
        if (heard?.kind === 'meaning') {
          setWaiting(null);
          held.onMeaning(heard.meaning);
          return true;
        }
        if (heard?.kind === 'waiting') {
          setWaiting(heard.leader);
          return true;
        }
        if (event.key === 'Escape' && held.waiting !== null) {
          setWaiting(null);
          return true;
        }
        return held.onOther(event);
      })();
      if (!used) return;
      event.preventDefault();
      // The shell has keys of its own.
      event.stopImmediatePropagation();
    };
    addEventListener('keydown', onKey, { capture: true });
    return () => removeEventListener('keydown', onKey, { capture: true });
  }, [active]);
  return active ? waiting : null;
}
