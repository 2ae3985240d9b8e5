import { type PointerEvent, type RefObject, useEffect, useRef, useState } from 'react';
import { type Box, boxOf } from '../labeling/layout.ts';

/** Pixels that a press may wander before it is a lasso and no click. */
const STEADY = 6;
const EDGE = 32;

interface LassoOptions {
  /** Scrolls when the pointer nears its edge. */
  frame: RefObject<HTMLElement | null>;
  /** Boxes are measured from this element's corner. */
  space: RefObject<HTMLElement | null>;
  onStart: () => void;
  onBox: (box: Box, joined: boolean) => void;
  /** Escape: as it was before. */
  onCancel: () => void;
}

/** A box drawn with the mouse over the grid. Fingers scroll instead. */
export function useLasso({ frame, space, onStart, onBox, onCancel }: LassoOptions) {
  const [box, setBox] = useState<Box | null>(null);
  const start = useRef<{ x: number; y: number; joined: boolean; moved: boolean } | null>(null);
  /** The click that ends a lasso is none. */
  const swallow = useRef(false);

  const at = (event: { clientX: number; clientY: number }) => {
    const corner = space.current?.getBoundingClientRect();
    return { x: event.clientX - (corner?.left ?? 0), y: event.clientY - (corner?.top ?? 0) };
  };
  useEffect(() => {
    if (box === null) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.stopImmediatePropagation();
      start.current = null;
      setBox(null);
      onCancel();
    };
    addEventListener('keydown', onKey, { capture: true });
    return () => removeEventListener('keydown', onKey, { capture: true });
  }, [box, onCancel]);

  return {
    box,
    /** True once after a lasso: the click that follows it means nothing. */
    swallowed(): boolean {
      const was = swallow.current;
      swallow.current = false;
      return was;
    },
    handlers: {
      onPointerDown(event: PointerEvent<HTMLElement>) {
        swallow.current = false;
        if (event.pointerType !== 'mouse' || event.button !== 0) return;
        start.current = { ...at(event), joined: event.ctrlKey || event.metaKey || event.shiftKey, moved: false };
      },
      onPointerMove(event: PointerEvent<HTMLElement>) {
        const from = start.current;
        if (from === null) return;
        const to = at(event);
        if (!from.moved) {
          if (Math.hypot(to.x - from.x, to.y - from.y) < STEADY) return;
          from.moved = true;
          event.currentTarget.setPointerCapture(event.pointerId);
          onStart();
        }
        const edge = frame.current?.getBoundingClientRect();
        if (edge !== undefined && frame.current !== null) {
          if (event.clientY > edge.bottom - EDGE) frame.current.scrollTop += 24;
          else if (event.clientY < edge.top + EDGE) frame.current.scrollTop -= 24;
        }
        const next = boxOf(from.x, from.y, to.x, to.y);
        setBox(next);
        onBox(next, from.joined);
      },
      onPointerUp() {
        swallow.current = start.current?.moved === true;
        start.current = null;
        setBox(null);
      },
      onPointerCancel() {
        start.current = null;
        setBox(null);
      },
    },
  };
}
