# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false, reportAttributeAccessIssue=false
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
    file = pq.ParquetFile(path)
    missing = {"unique_id", "ds", "y"} - set(file.schema_arrow.names)
    if missing:
        raise KeyError(", ".join(sorted(missing)))
    table = file.read(columns=["unique_id", "ds", "y"], use_threads=False)
    ids = pc.cast(table.column("unique_id"), pa.string()).combine_chunks().dictionary_encode()
    if isinstance(ids, pa.ChunkedArray):
        ids = ids.combine_chunks()
    ds = table.column("ds")
    integer_index = pa.types.is_integer(ds.type)
    if not integer_index:
        ds = pc.cast(ds, pa.timestamp("us"))
    y = pc.cast(table.column("y"), pa.float64()).to_numpy().astype(np.float64)
    return LongTable(
        ids=[str(name) for name in ids.dictionary.to_pylist()],
        codes=ids.indices.to_numpy(zero_copy_only=False).astype(np.int64),
        ds=pc.cast(ds, pa.int64()).to_numpy().astype(np.int64),
        integer_index=bool(integer_index),
        y=np.where(np.isfinite(y), y, np.nan),
    )
