"""Many series of different lengths as flat arrays, and as matrices where that is faster."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from minori_engine.compat.frames import LongTable, read_long_table
from minori_engine.errors import TaskFailure

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

MATRIX_CELLS: Final = 2_000_000
"""Cells of one matrix (16 MB): a few very long series must not widen a million short ones."""


@dataclass(frozen=True)
class Panel:
    """`starts`: (series + 1,) offsets into `y` and `ds`; `first`: number of series 0 in its file.

    `ds`: the integer index, or microseconds since 1970. `rows`: where each point lies in the file
    (None: in this order).
    """

    ids: list[str]
    starts: Indices
    y: Floats
    ds: Indices
    integer_index: bool
    first: int = 0
    rows: Indices | None = None

    @property
    def count(self) -> int:
        return len(self.ids)

    @property
    def lengths(self) -> Indices:
        return np.diff(self.starts)

    def values(self, series: int, end: int) -> Floats:
        """The first `end` values of one series."""
        start = int(self.starts[series])
        return self.y[start : start + end]

    def times(self, series: int, end: int) -> Indices:
        """The times of the first `end` values of one series."""
        start = int(self.starts[series])
        return self.ds[start : start + end]

    def matrix(self, series: Indices, ends: Indices) -> Floats:
        """(len(series), longest) with each series' first `ends` values at the right, NaN before."""
        width = int(ends.max(initial=0))
        found = np.full((len(series), width), np.nan)
        rows = np.repeat(np.arange(len(series)), ends)
        within = np.arange(len(rows)) - np.repeat(np.cumsum(ends) - ends, ends)
        columns = within + np.repeat(width - ends, ends)
        found[rows, columns] = self.y[np.repeat(self.starts[series], ends) + within]
        return found


def matrix_chunks(ends: Indices) -> Iterator[Indices]:
    """Positions in `ends`, in groups of like length whose matrix stays below MATRIX_CELLS."""
    order = np.argsort(ends, kind="stable")[::-1]
    begin = 0
    while begin < len(order):
        width = max(1, int(ends[order[begin]]))
        size = max(1, MATRIX_CELLS // width)
        yield order[begin : begin + size]
        begin += size


def read_panel(path: Path, offset: int, count: int | None) -> Panel:
    """`count` series from `offset` on (None: all), in the file's order. Bad files end the task."""
    try:
        table = read_long_table(path)
    except KeyError as error:
        raise TaskFailure("bad_data", "missing_column", {"column": str(error.args[0])}) from error
    except (OSError, ValueError) as error:
        raise TaskFailure("bad_data", "unreadable_data", {}, detail=str(error)) from error
    return slice_panel(table, offset, count)


def slice_panel(table: LongTable, offset: int, count: int | None) -> Panel:
    codes, ds, y = table.codes, table.ds, table.y
    step = np.diff(codes)
    order = np.arange(len(codes), dtype=np.int64)
    backwards = (step == 0) & (ds[1:] <= ds[:-1])
    if (step < 0).any() or backwards.any():
        order = np.lexsort((ds, codes))
        codes, ds, y = codes[order], ds[order], y[order]
    starts = np.searchsorted(codes, np.arange(len(table.ids) + 1)).astype(np.int64)
    last = len(table.ids) if count is None else min(len(table.ids), offset + count)
    if offset >= last:
        raise TaskFailure("bad_data", "no_series", {"offset": offset, "series": len(table.ids)})
    begin, end = int(starts[offset]), int(starts[last])
    return Panel(
        ids=table.ids[offset:last],
        starts=starts[offset : last + 1] - begin,
        y=y[begin:end],
        ds=ds[begin:end],
        integer_index=table.integer_index,
        first=offset,
        rows=order[begin:end],
    )
