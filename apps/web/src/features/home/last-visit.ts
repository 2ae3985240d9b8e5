/** Since when the person has not looked: the visit before this one. */
const STORED = 'minori.visit';
const NEW_VISIT = 30 * 60_000;

/** [start of this visit, moment of the last look before it]; a pause of half an hour begins a new visit. */
export function nextVisit(stored: string | null, now: number): { since: number; write: string } {
  const [since, seen] = (stored ?? '').split(' ').map(Number);
  if (since === undefined || seen === undefined || Number.isNaN(since) || Number.isNaN(seen))
    return { since: 0, write: `0 ${now}` };
  const from = now - seen > NEW_VISIT ? seen : since;
  return { since: from, write: `${from} ${now}` };
}

export function lastVisit(): number {
  const { since, write } = nextVisit(localStorage.getItem(STORED), Date.now());
  localStorage.setItem(STORED, write);
  return since;
}
