import { useCallback, useRef, useState } from 'react';
import { moved } from '../labeling/layout.ts';

/** The picture that keys act on, and the way of the arrows through what is in sight. */
export function usePlace(count: number) {
  const [held, setPlace] = useState(0);
  const shape = useRef({ columns: 1, pageRows: 1 });
  const place = count === 0 ? -1 : Math.min(held, count - 1);
  return {
    place,
    setPlace,
    setShape: useCallback((next: { columns: number; pageRows: number }): void => {
      shape.current = next;
    }, []),
    /** null: the key is none of movement. */
    moved: (key: string) => moved(key, Math.max(place, 0), shape.current.columns, count, shape.current.pageRows),
  };
}
