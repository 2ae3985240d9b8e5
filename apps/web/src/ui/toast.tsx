import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from './icons.tsx';
import { Note, type Tone } from './notes.tsx';
import css from './notes.module.css';

interface Toast {
  id: number;
  tone: Tone;
  text: string;
}
let toasts: readonly Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();
const publish = (next: readonly Toast[]) => {
  toasts = next;
  for (const listener of listeners) listener();
};
const dismiss = (id: number) => publish(toasts.filter((toast) => toast.id !== id));

/** A short word in the corner; errors stay until they are closed. */
export function toast(tone: Tone, text: string): void {
  last += 1;
  const id = last;
  publish([...toasts.slice(-3), { id, tone, text }]);
  if (tone !== 'error') setTimeout(() => dismiss(id), 6000);
}

export function Toasts() {
  const { t } = useTranslation();
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
  return (
    <div className={css['toasts']} aria-live="polite">
      {shown.map((entry) => (
        <Note
          key={entry.id}
          tone={entry.tone}
          actions={
            <button
              type="button"
              className={css['close']}
              aria-label={t('common.close')}
              onClick={() => dismiss(entry.id)}
            >
              <Icon name="close" size={16} />
            </button>
          }
        >
          {entry.text}
        </Note>
      ))}
    </div>
  );
}
