# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false, reportAttributeAccessIssue=false, reportUnknownParameterType=false
"""Parquet into plain arrays."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray


@dataclass(frozen=True)
class LongTable:
    """Rows as stored. `codes`: (rows,) number of the series in order of first appearance.

    `ds`: (rows,) the integer index, or microseconds since 1970 without zone. `y`: (rows,) float64,
    NaN where there is no value.
    """

    ids: list[str]
    codes: NDArray[np.int64]
    ds: NDArray[np.int64]
    y: NDArray[np.float64]
    integer_index: bool


def read_long_table(path: Path) -> LongTable:
    """Reads `unique_id, ds, y`; KeyError when one is missing, OSError or ValueError for a bad file."""
    table = _read(path, ["unique_id", "ds", "y"])
    ids = pc.cast(table.column("unique_id"), pa.string()).combine_chunks().dictionary_encode()
    if isinstance(ids, pa.ChunkedArray):
        ids = ids.combine_chunks()
    ds = table.column("ds")
    y = pc.cast(table.column("y"), pa.float64()).to_numpy().astype(np.float64)
    return LongTable(
        ids=[str(name) for name in ids.dictionary.to_pylist()],
        codes=ids.indices.to_numpy(zero_copy_only=False).astype(np.int64),
        ds=_counted(ds),
        integer_index=bool(pa.types.is_integer(ds.type)),
        y=np.where(np.isfinite(y), y, np.nan),
    )


def _counted(ds: pa.ChunkedArray) -> NDArray[np.int64]:
    times = ds if pa.types.is_integer(ds.type) else pc.cast(ds, pa.timestamp("us"))
    return pc.cast(times, pa.int64()).to_numpy().astype(np.int64)


Key = tuple[str, int]
"""(unique_id, ds as LongTable counts it)."""


def read_side_columns(
    path: Path, future: Path | None, names: list[str]
) -> tuple[NDArray[np.float64], dict[Key, NDArray[np.float64]]]:
    """(rows, columns) as stored, and of `future` the values by series and time. Words become the
    numbers of their alphabetical order in `path`; what is missing or unknown there is NaN."""
    if not names:
        return np.zeros((pq.ParquetFile(path).metadata.num_rows, 0)), {}
    table = _read(path, names)
    words = {
        name: sorted({word for word in table.column(name).to_pylist() if word is not None})
        for name in names
        if not _is_number(table.column(name))
    }
    values = _numbers(table, names, words)
    if future is None:
        return values, {}
    later = _read(future, ["unique_id", "ds", *names])
    rows = _numbers(later, names, words)
    times = _counted(later.column("ds"))
    ids = pc.cast(later.column("unique_id"), pa.string()).to_pylist()
    return values, {(str(name), int(time)): row for name, time, row in zip(ids, times, rows, strict=True)}


def _read(path: Path, names: list[str]) -> pa.Table:
    file = pq.ParquetFile(path)
    missing = set(names) - set(file.schema_arrow.names)
    if missing:
        raise KeyError(", ".join(sorted(missing)))
    return file.read(columns=names, use_threads=False)


def _is_number(column: pa.ChunkedArray) -> bool:
    kind = column.type
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind))


def _numbers(table: pa.Table, names: list[str], words: dict[str, list[str]]) -> NDArray[np.float64]:
    columns: list[NDArray[np.float64]] = []
    for name in names:
        column = table.column(name)
        if name in words:
            number = {word: float(place) for place, word in enumerate(words[name])}
            columns.append(np.array([number.get(word, np.nan) for word in column.to_pylist()]))
        else:
            columns.append(pc.cast(column, pa.float64()).to_numpy().astype(np.float64))
    found = np.column_stack(columns)
    return np.where(np.isfinite(found), found, np.nan)
