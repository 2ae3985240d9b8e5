/** How fast something goes, from its last ten seconds: what was slow an hour ago says nothing about the rest. */
export interface Pace {
  /** Units a second. */
  readonly rate: number;
  readonly secondsLeft: number;
}

const WINDOW_MS = 10_000;
const STANDSTILL_MS = 5000;
/** Sooner it would be a guess. */
const LEAST_MS = 1500;

/** Told from time to time how much is done; null while it cannot say, or nothing moves. */
export function createPace(now: () => number = () => performance.now()) {
  let marks: { at: number; done: number }[] = [];
  return (done: number, total: number): Pace | null => {
    const at = now();
    const last = marks.at(-1);
    // A piece is sent again, or all stood still for a while: what was measured before says nothing about now.
    if (last !== undefined && (done < last.done || (done === last.done && at - last.at > STANDSTILL_MS))) marks = [];
    marks.push({ at, done });
    while (marks.length > 2 && at - (marks[1]?.at ?? at) > WINDOW_MS) marks.shift();
    const [first] = marks;
    if (first === undefined || at - first.at < LEAST_MS || done <= first.done) return null;
    const rate = ((done - first.done) / (at - first.at)) * 1000;
    return { rate, secondsLeft: Math.max(0, (total - done) / rate) };
  };
}
