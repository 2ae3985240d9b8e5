/** Geometry of the virtual grid: where each picture lies, what a lasso meets, where the arrows lead. Pixels. Pure. */

export interface GridShape {
  readonly columns: number;
  /** Width of a tile; the tiles of a row fill the width. */
  readonly tile: number;
  readonly rowHeight: number;
  readonly rows: number;
}
export const GAP = 8;
/** Room for the line under each picture. */
export const CAPTION = 26;

/** As many tiles of about `size` as the width holds, at least one. */
export function shapeOf(width: number, size: number, count: number): GridShape {
  const columns = Math.max(1, Math.floor((width + GAP) / (size + GAP)));
  const tile = Math.max(1, Math.floor((width - GAP * (columns - 1)) / columns));
  return { columns, tile, rowHeight: tile + CAPTION + GAP, rows: Math.ceil(count / columns) };
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}
export const boxOf = (x1: number, y1: number, x2: number, y2: number): Box => ({
  left: Math.min(x1, x2),
  top: Math.min(y1, y2),
  right: Math.max(x1, x2),
  bottom: Math.max(y1, y2),
});

/** Places of the tiles that the box touches, in order, also of rows that are not drawn. */
export function caught(shape: GridShape, count: number, box: Box): number[] {
  const pitch = shape.tile + GAP;
  const rowAt = (y: number) => Math.floor(y / shape.rowHeight);
  const columnAt = (x: number) => Math.floor(x / pitch);
  const found: number[] = [];
  for (let row = Math.max(0, rowAt(box.top)); row <= Math.min(shape.rows - 1, rowAt(box.bottom)); row += 1) {
    const top = row * shape.rowHeight;
    if (box.bottom < top || box.top > top + shape.tile + CAPTION) continue;
    for (
      let column = Math.max(0, columnAt(box.left));
      column <= Math.min(shape.columns - 1, columnAt(box.right));
      column += 1
    ) {
      const left = column * pitch;
      const place = row * shape.columns + column;
      if (box.right >= left && box.left <= left + shape.tile && place < count) found.push(place);
    }
  }
  return found;
}

/** Where a key leads from a place; null: it is no key of movement. `pageRows`: rows that the window shows. */
export function moved(key: string, place: number, columns: number, count: number, pageRows: number): number | null {
  const steps: Record<string, number> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
    PageUp: -columns * Math.max(1, pageRows),
    PageDown: columns * Math.max(1, pageRows),
  };
  if (count === 0) return null;
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  const step = steps[key];
  if (step === undefined) return null;
  const to = place + step;
  if (Math.abs(step) === 1 || key.startsWith('Page')) return Math.min(Math.max(to, 0), count - 1);
  // Up from the first row stays; down from the row before a short last one reaches its end.
  if (to < 0) return place;
  if (to < count) return to;
  const lastRow = Math.floor((count - 1) / columns);
  return Math.floor(place / columns) < lastRow ? count - 1 : place;
}
