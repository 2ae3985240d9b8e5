/** 8-bit RGB, row by row. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** 3 * width * height values. */
  readonly data: Uint8Array;
}

export const newPixels = (width: number, height: number): Pixels => ({
  width,
  height,
  data: new Uint8Array(3 * width * height),
});

/** Where `parts` pieces of a side begin, and its end. */
export const edges = (length: number, parts: number): number[] =>
  Array.from({ length: parts + 1 }, (_, at) => Math.floor((length * at) / parts));

/** The piece from (left, top) up to (right, bottom). */
export function cut(from: Pixels, left: number, top: number, right: number, bottom: number): Pixels {
  const piece = newPixels(right - left, bottom - top);
  for (let row = top; row < bottom; row++)
    piece.data.set(
      from.data.subarray(3 * (row * from.width + left), 3 * (row * from.width + right)),
      3 * (row - top) * piece.width,
    );
  return piece;
}
