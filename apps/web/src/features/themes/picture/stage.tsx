import { type PointerEvent, useEffect, useRef, useState } from 'react';
import css from './picture.module.css';

export interface View {
  readonly zoom: number;
  readonly brightness: number;
  readonly x: number;
  readonly y: number;
}
export const PLAIN: View = { zoom: 1, brightness: 1, x: 0, y: 0 };
const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
export const zoomed = (view: View, by: number): View => {
  const zoom = clamp(view.zoom * by, 1, 16);
  return zoom === 1 ? { ...view, zoom, x: 0, y: 0 } : { ...view, zoom };
};
export const brightened = (view: View, by: number): View => ({
  ...view,
  brightness: clamp(Math.round((view.brightness + by) * 10) / 10, 0.2, 4),
});

interface StageProps {
  src: string;
  alt: string;
  /** Natural size in pixels: small pictures are shown as pixels, not as a blur. */
  width: number;
  view: View;
  onView: (view: View) => void;
}

/** One picture, as large as there is room; wheel or keys zoom, the hand moves it. */
export function Stage({ src, alt, width, view, onView }: StageProps) {
  const frame = useRef<HTMLDivElement>(null);
  const grip = useRef<{ x: number; y: number } | null>(null);
  const [broken, setBroken] = useState(false);
  useEffect(() => setBroken(false), [src]);
  const latest = useRef({ view, onView });
  useEffect(() => {
    latest.current = { view, onView };
  });
  useEffect(() => {
    const node = frame.current;
    if (node === null) return;
    // React's own wheel listeners cannot hold the page still.
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const held = latest.current;
      held.onView(zoomed(held.view, event.deltaY < 0 ? 1.2 : 1 / 1.2));
    };
    node.addEventListener('wheel', onWheel, { passive: false });
    return () => node.removeEventListener('wheel', onWheel);
  }, []);
  const move = (event: PointerEvent) => {
    if (grip.current === null || view.zoom === 1) return;
    onView({ ...view, x: event.clientX - grip.current.x, y: event.clientY - grip.current.y });
  };
  return (
    <div
      ref={frame}
      className={css['stage']}
      onPointerDown={(event) => {
        grip.current = { x: event.clientX - view.x, y: event.clientY - view.y };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={move}
      onPointerUp={() => (grip.current = null)}
    >
      <img
        src={src}
        alt={alt}
        draggable={false}
        data-broken={broken || undefined}
        onError={() => setBroken(true)}
        style={{
          transform: `translate(${view.x}px, ${view.y}px) scale(${view.zoom})`,
          filter: view.brightness === 1 ? undefined : `brightness(${view.brightness})`,
          imageRendering: width < 128 || view.zoom >= 4 ? 'pixelated' : undefined,
        }}
      />
    </div>
  );
}
