/** All series of a dataset as flat arrays, sorted by series and time. */

/** What stands where a value should be. */
export const CODE = { value: 0, missing: 1, nan: 2, infinite: 3, text: 4 } as const;

export interface Panel {
  /** Series names by code point. */
  readonly ids: readonly string[];
  /** Series s lies at offsets[s] .. offsets[s + 1] (exclusive); length ids.length + 1. */
  readonly offsets: Int32Array;
  /** Milliseconds since 1970 of the wall clock, or the count of an integer index. */
  readonly t: Float64Array;
  /** NaN unless code is CODE.value. */
  readonly y: Float64Array;
  readonly code: Uint8Array;
  /** Record of the file (1 = first data record); 0 = filled in; negative = row of the earlier version. */
  readonly row: Int32Array;
}

/** Series s as [from, to). */
export const bounds = (panel: Panel, s: number): [number, number] => [panel.offsets[s] ?? 0, panel.offsets[s + 1] ?? 0];

export const emptyPanel: Panel = {
  ids: [],
  offsets: Int32Array.of(0),
  t: new Float64Array(0),
  y: new Float64Array(0),
  code: new Uint8Array(0),
  row: new Int32Array(0),
};

/** Keeps the rows that `keep` holds for (and series that still have rows). */
export function filterPanel(
  panel: Panel,
  keep: (index: number, series: number) => boolean,
  expected = panel.t.length,
): Panel {
  const builder = createBuilder(expected);
  for (let s = 0; s < panel.ids.length; s++) {
    const [from, to] = bounds(panel, s);
    let started = false;
    for (let i = from; i < to; i++) {
      if (!keep(i, s)) continue;
      if (!started) {
        builder.begin(panel.ids[s] ?? '');
        started = true;
      }
      builder.push(panel.t[i] ?? 0, panel.y[i] ?? Number.NaN, panel.code[i] ?? 0, panel.row[i] ?? 0);
    }
  }
  return builder.finish();
}

export interface PanelBuilder {
  begin(id: string): void;
  push(t: number, y: number, code: number, row: number): void;
  finish(): Panel;
}

export function createBuilder(capacity: number): PanelBuilder {
  let size = Math.max(16, capacity);
  let t = new Float64Array(size);
  let y = new Float64Array(size);
  let code = new Uint8Array(size);
  let row = new Int32Array(size);
  let n = 0;
  const ids: string[] = [];
  const offsets: number[] = [];
  const grow = (): void => {
    size = Math.ceil(size * 1.5);
    const larger = <A extends Float64Array | Uint8Array | Int32Array>(to: A, from: A): A => {
      to.set(from);
      return to;
    };
    t = larger(new Float64Array(size), t);
    y = larger(new Float64Array(size), y);
    code = larger(new Uint8Array(size), code);
    row = larger(new Int32Array(size), row);
  };
  return {
    begin(id) {
      ids.push(id);
      offsets.push(n);
    },
    push(time, value, kind, source) {
      if (n === size) grow();
      t[n] = time;
      y[n] = value;
      code[n] = kind;
      row[n] = source;
      n++;
    },
    finish() {
      offsets.push(n);
      return {
        ids,
        offsets: Int32Array.from(offsets),
        t: t.subarray(0, n),
        y: y.subarray(0, n),
        code: code.subarray(0, n),
        row: row.subarray(0, n),
      };
    },
  };
}
