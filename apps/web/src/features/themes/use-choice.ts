import { useCallback, useState } from 'react';

/** A choice of this browser that outlives the page; anything unreadable is the first choice again. */
export function useChoice<T>(key: string, first: T, isValid: (value: unknown) => value is T): [T, (next: T) => void] {
  const [value, setValue] = useState<T>(() => {
    try {
      const held: unknown = JSON.parse(localStorage.getItem(key) ?? 'null');
      return isValid(held) ? held : first;
    } catch {
      return first;
    }
  });
  const choose = useCallback(
    (next: T) => {
      setValue(next);
      localStorage.setItem(key, JSON.stringify(next));
    },
    [key],
  );
  return [value, choose];
}
