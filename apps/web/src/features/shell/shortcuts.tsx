import { Modal } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { LabelingKeys } from '../themes/labeling/key-list.tsx';
import { PLACES } from './navigation.ts';
import css from './shell.module.css';

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

interface ShortcutsProps {
  opened: boolean;
  onOpen: () => void;
  onClose: () => void;
  onPalette: () => void;
}
/** Keys for the whole application, and the list of them. */
export function Shortcuts({ opened, onOpen, onClose, onPalette }: ShortcutsProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const leader = useRef(0);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.isComposing) return;
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        onPalette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      const afterG = Date.now() - leader.current < 1200;
      leader.current = 0;
      if (afterG) {
        const place = PLACES.find((p) => p.key === event.key);
        if (place !== undefined) {
          event.preventDefault();
          void navigate({ to: place.to, ...(place.hash === undefined ? {} : { hash: place.hash }) });
          return;
        }
      }
      if (event.key === 'g') leader.current = Date.now();
      else if (event.key === '?') onOpen();
      else if (event.key === 'n') void navigate({ to: '/forecast/new/' });
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [navigate, onOpen, onPalette]);

  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t('shortcuts.title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <dl className={css['keys']}>
        <dt>
          <kbd>Ctrl/⌘</kbd> <kbd>K</kbd>
        </dt>
        <dd>{t('shortcuts.palette')}</dd>
        <dt>
          <kbd>n</kbd>
        </dt>
        <dd>{t('shortcuts.new')}</dd>
        {PLACES.map((place) => (
          <div key={place.id} style={{ display: 'contents' }}>
            <dt>
              <kbd>g</kbd> <kbd>{place.key}</kbd>
            </dt>
            <dd>{t(`nav.${place.id}`)}</dd>
          </div>
        ))}
        <dt>
          <kbd>?</kbd>
        </dt>
        <dd>{t('shortcuts.title')}</dd>
      </dl>
      <LabelingKeys className={css['keys']} />
    </Modal>
  );
}
